#!/bin/sh
# Every style in a LAMMPS with KOKKOS:  sh unittest/kokkos.sh [LMP]
#
# LMP (lmp, if it is not named) must have the packages KOKKOS, KSPACE, MOLECULE and PLUGIN and find
# the plugin by LAMMPS_PLUGIN_PATH. Each system runs 10 steps without KOKKOS on one rank, then with
# -k on in several ways on one rank and on two. A line tells the largest difference of energies,
# pressures, dipoles (relative), forces and charges (eV/Angstrom, e) at step 0 and at step 10.
# Rounding, 1e-14, grows over ten steps and through the solver of charges: FAIL from 1e-8 on.
set -u

top=$(cd "$(dirname "$0")/.." && pwd -P)
lmp=${1:-lmp}
export POLAR_POTENTIALS="$top/potentials" OMP_NUM_THREADS=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# the model of unittest/styles/pair-gap.yaml
sed -n 's/^  print """\(<M>.*<\/M>\)""".*/\1/p' "$top/unittest/styles/pair-gap.yaml" > gap.xml

# system NAME ATOM_STYLE DATA RESPONSE: in.NAME; the pair style and k-space come from stdin
system() {
  {
    echo "units metal
atom_style $2\${kk}
atom_modify map array
neighbor 1.0 bin
neigh_modify every 2 delay 0 check no
read_data $top/unittest/styles/$3
run_style verlet\${kk}"
    cat
    [ "$4" != yes ] || echo "fix field all efield/born 0.02 -0.01 0.03
fix_modify field energy yes virial yes
fix P all polarization 2
compute Z all born/atom
compute z all reduce sumsq c_Z[*]
variable more string 'f_P[1] f_P[2] f_P[3] f_P[7] c_z[1] c_z[5]'"
    [ "$4" = yes ] || echo "variable more string 'pe'"
    charge=id
    [ "$2" != charge ] || charge=q
    echo "velocity all create 300 4711 mom yes loop all
fix nve all nve\${kk}
timestep 0.001
thermo 10
thermo_style custom step pe etotal pxx pyy pzz pxy pxz pyz \${more}
thermo_modify norm no format float %.15g
dump 1 all custom 10 dump id $charge fx fy fz
dump_modify 1 sort id format float %.15g
run 5
run 5"
  } > "in.$1"
}
system eap atomic data.batio3 yes << END
pair_style eap
pair_coeff * * BaTiO3/BaTiO3_sys_M2.xml BaTiO3/BaTiO3_coeffs.xml Ba Ti O
END
system eap_long atomic data.batio3 yes << END
pair_style eap/long
pair_coeff * * BaTiO3/BaTiO3_sys.xml BaTiO3/BaTiO3_coeffs.xml Ba Ti O
kspace_style lattice/fft
END
system gap charge data.nacl no << END
pair_style gap
pair_coeff * * $work/gap.xml Si Si
END
system les_ewald charge data.nacl yes << END
pair_style les
pair_coeff * * NaCl/NaCl.les Na Cl
kspace_style ewald/polar 1e-6
END
system les_mesh charge data.nacl yes << END
pair_style les
pair_coeff * * NaCl/NaCl.les Na Cl
kspace_style pppm/polar 1e-5
END
system pqeq_cut charge data.nacl no << END
pair_style coul/pqeq/cut 8.0 kernel any
pair_coeff * * pqeq/gao2025.pqeq Na Cl
fix pq all pqeq 1 scheme fixed 2
END
system pqeq_mesh charge data.nacl no << END
pair_style coul/pqeq/long 13.0 kernel any
pair_coeff * * pqeq/gao2025.pqeq Li O
kspace_style pppm/polar 1e-4
fix pq all pqeq 1 scheme converge 1e-11
END

# largest difference of two files of numbers, line by line, or what is wrong
cat > compare.awk << 'END'
NR == FNR { line[FNR] = $0; n = FNR; next }
{
  m = split(line[FNR], a, " ")
  if (m != NF) { bad = 1 }
  for (i = 1; i <= NF; i++) {
    if ($i !~ /^[-+]?[0-9.]/) { if ($i != a[i]) bad = 1; continue }
    d = $i - a[i]; s = a[i]; if (d < 0) d = -d; if (s < 0) s = -s; if (s < 1) s = 1
    if (!(d / s <= most)) most = d / s
  }
}
END { if (bad || FNR != n || n == 0) print "differs"; else printf "%.1e\n", most }
END

# ways: ranks, threads of each, -var kk, options
failed=0
ways() {
  cat << END
1 1 none -sf kk -pk kokkos newton on neigh half
1 1 none -sf kk -pk kokkos newton on neigh half comm host
1 1 none -sf kk -pk kokkos newton on neigh half comm device
1 1 none -sf kk -pk kokkos newton off neigh full
1 1 /kk -pk kokkos newton on neigh half
1 2 none -sf kk -pk kokkos newton on neigh half
1 2 none -sf kk -pk kokkos newton off neigh full
2 1 none -sf kk -pk kokkos newton on neigh half
2 1 none -sf kk -pk kokkos newton on neigh half comm device
2 1 none -sf kk -pk kokkos newton off neigh full
2 2 none -sf kk -pk kokkos newton on neigh half
END
}
for input in in.*; do
  name=${input#in.}
  $lmp -in "$input" -var kk "" -log none -nocite > "$name.out" 2>&1 || { tail -n 5 "$name.out"; exit 1; }
  grep '^ *[0-9][0-9]* .*[0-9]$' "$name.out" | grep -v procs > "$name.thermo"
  mv dump "$name.dump"
  ways > ways
  while read -r ranks threads kk options; do
    case "$name $options" in les*newton\ off*) continue ;; esac # a documented restriction
    [ "$kk" != none ] || kk=
    rm -f dump
    start=
    [ "$ranks" = 1 ] || start="mpirun --oversubscribe -np $ranks"
    # shellcheck disable=SC2086
    $start $lmp -in "$input" -var kk "$kk" -k on t "$threads" $options -log none -nocite > out 2>&1 < /dev/null || :
    grep '^ *[0-9][0-9]* .*[0-9]$' out | grep -v procs > thermo
    numbers=$(awk -f compare.awk "$name.thermo" thermo)
    atoms=differs
    [ ! -f dump ] || atoms=$(awk -f compare.awk "$name.dump" dump)
    result=ok
    for d in "$numbers" "$atoms"; do
      case $d in differs) result=FAIL ;; *) awk "BEGIN { exit !($d < 1e-8) }" || result=FAIL ;; esac
    done
    printf '%-4s %-10s %8s %8s  %s rank%s, -k on t %s %s%s\n' $result "$name" "$numbers" "$atoms" "$ranks" \
      "$([ "$ranks" = 1 ] || echo s)" "$threads" "$options" "${kk:+ (names with /kk)}"
    if [ $result = FAIL ]; then failed=1; grep -m 3 -i 'error' out; fi
  done < ways
done
exit $failed
