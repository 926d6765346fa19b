pair_style       gap
pair_coeff       * * BaTiO3/gap/BaTiO3.xml Ba Ti O
