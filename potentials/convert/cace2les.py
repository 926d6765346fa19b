#!/usr/bin/env python3
"""Convert a CACE-LR / LES model (.pth as torch.save writes it) to a .les file of pair_style les.

    python3 cace2les.py IN.pth OUT.les [--e0 H=-5.85,O=-2.93] [--scale S]

Needs neither torch nor cace: a .pth file is a zip of a pickle and of raw arrays. No code of the
pickle is executed: every class and function it names becomes an inert record, or is refused.
What the file format cannot express is refused, too. doc/les_format.md describes the result.

  --e0     energy of each element in eV, added to that of the network (they are not in the .pth)
  --scale  factor from the charges of the model to e times the sign and sqrt(eps_infinity) of the
           dipole: Born effective charges are S d(sum q r)/dr. The default is the normalization_factor
           of a Polarization module in the model, if there is one.
"""
import argparse
import collections
import io
import math
import pickle
import struct
import sys
import zipfile
import zlib

ELEMENTS = """H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se
Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er
Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No
Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og""".split()
MAX_ARRAY = 1 << 26  # numbers of one array
STORAGES = {"FloatStorage": ("f", 4), "DoubleStorage": ("d", 8), "LongStorage": ("q", 8),
            "IntStorage": ("i", 4)}
MONOMIALS = [(lx, ly, l - lx - ly) for l in range(4) for lx in range(l, -1, -1)
             for ly in range(l - lx, -1, -1)]


class Refused(Exception):
    """The file cannot be converted; the text says why."""


class Record:
    """An object of the pickle: its class name, constructor arguments and attributes, no behaviour."""
    name = "?"
    args = ()
    state = None

    def __init__(self, *args):
        self.args = args

    def __setstate__(self, state):
        self.state = state

    def get(self, key, default=None):
        """An attribute, parameter, buffer or submodule."""
        if not isinstance(self.state, dict):
            raise Refused(f"{self.name} has no attributes, expected '{key}'")
        for part in ("_parameters", "_buffers", "_modules"):
            group = self.state.get(part)
            if isinstance(group, dict) and key in group:
                return group[key]
        return self.state.get(key, default)

    def need(self, key):
        value = self.get(key)
        if value is None:
            raise Refused(f"{self.name} lacks '{key}': the model is incomplete or of a newer CACE")
        return value


class Tensor:
    def __init__(self, storage, offset, size, stride):
        self.storage, self.offset, self.size, self.stride = storage, offset, size, stride

    def numbers(self):
        """All numbers in row-major order."""
        kind, data = self.storage
        count = 1
        for s in self.size:
            count *= s
        if count > MAX_ARRAY:
            raise Refused(f"an array of {count} numbers is too large for a model")
        last = self.offset + sum((s - 1) * t for s, t in zip(self.size, self.stride))
        if count and not 0 <= last < len(data):
            raise Refused(f"an array of shape {self.size} reaches beyond its {len(data)} stored numbers")
        place = [self.offset]
        for s, t in zip(self.size, self.stride):
            place = [p + i * t for p in place for i in range(s)]
        return [data[p] for p in place]


# modules of a model that are understood; anything else is refused when the pickle names it
KNOWN_CLASSES = {
    "cace.models.atomistic NeuralNetworkPotential", "cace.modules.angular AngularComponent",
    "cace.modules.atomwise Atomwise", "cace.modules.blocks Dense",
    "cace.modules.cutoff PolynomialCutoff", "cace.modules.ewald EwaldPotential",
    "cace.modules.feature_mix FeatureAdd", "cace.modules.forces Forces", "cace.modules.grad Grad",
    "cace.modules.interaction MessageAr", "cace.modules.interaction MessageBchi",
    "cace.modules.interaction NodeMemory", "cace.modules.polarization Dephase",
    "cace.modules.polarization Polarization", "cace.modules.preprocess Preprocess",
    "cace.modules.radial BesselRBF", "cace.modules.radial_transform SharedRadialLinearTransform",
    "cace.modules.symmetrize_basis Symmetrizer", "cace.modules.type EdgeEncoder",
    "cace.modules.type NodeEmbedding", "cace.modules.type NodeEncoder",
    "cace.representations.cace_representation Cace", "torch device", "torch.nn.functional silu",
    "torch.nn.modules.activation SiLU", "torch.nn.modules.container ModuleList",
    "torch.nn.modules.container ParameterList", "torch.nn.modules.container Sequential",
    "torch.nn.modules.linear Identity", "torch.nn.modules.linear Linear", "numpy dtype",
    "numpy.core.multiarray scalar", "numpy._core.multiarray scalar", "_codecs encode",
    "__builtin__ set", "builtins set"}


class Reader(pickle.Unpickler):
    def __init__(self, archive, folder):
        self.archive, self.folder, self.storages = archive, folder, {}
        super().__init__(io.BytesIO(member(archive, folder + "/data.pkl")))

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) in (("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_parameter")):
            return rebuild_tensor if name == "_rebuild_tensor_v2" else rebuild_parameter
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        if f"{module} {name}" not in KNOWN_CLASSES:
            raise Refused(f"the pickle names {module}.{name}, which no supported model contains: "
                          "not a CACE-LR model, or one with features that pair_style les lacks")
        return type(name, (Record,), {"name": f"{module}.{name}"})

    def persistent_load(self, pid):
        if not (isinstance(pid, tuple) and len(pid) == 5 and pid[0] == "storage" and
                isinstance(pid[1], tuple) and isinstance(pid[2], str) and isinstance(pid[4], int)):
            raise Refused(f"unknown kind of stored array {str(pid)[:80]}")
        key, (code, width), count = pid[2], pid[1], pid[4]
        if key not in self.storages:
            raw = member(self.archive, f"{self.folder}/data/{key}")
            if count < 0 or len(raw) != count * width:
                raise Refused(f"array {key} has {len(raw)} bytes, expected {count} numbers of {width}")
            self.storages[key] = (code, struct.unpack(f"<{count}{code}", raw))
        return self.storages[key]


def member(archive, name):
    try:
        info = archive.getinfo(name)
        if info.file_size > MAX_ARRAY * 8:
            raise Refused(f"{name} has {info.file_size} bytes: too large for a model")
        return archive.read(name)
    except (KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise Refused(f"cannot read {name} in the archive: {error}") from None


def rebuild_tensor(storage, offset, size, stride, *_):
    good = isinstance(size, tuple) and isinstance(stride, tuple) and len(size) == len(stride)
    if not good or not all(isinstance(x, int) and x >= 0 for x in (offset, *size, *stride)):
        raise Refused("an array has a malformed shape")
    return Tensor(storage, offset, size, stride)


def rebuild_parameter(data, *_):
    return data


def integer(x, what):
    """An int, or numpy's pickled integer scalar: scalar(dtype, encode(text, 'latin1'))."""
    if isinstance(x, Record) and x.name.endswith("multiarray.scalar") and len(x.args) == 2:
        kind, raw = x.args
        if isinstance(kind, Record) and kind.args and isinstance(raw, Record) and len(raw.args) == 2:
            text = raw.args[0].encode("latin1")
            if str(kind.args[0]) in ("i8", "i4", "i2", "i1"):
                return int.from_bytes(text, "little", signed=True)
    if isinstance(x, bool) or not isinstance(x, int):
        raise Refused(f"{what} is {x!r}, expected an integer")
    return x


def expect(condition, what):
    if not condition:
        raise Refused(what)


def of_class(record, name, where):
    found = record.name if isinstance(record, Record) else type(record).__name__
    expect(isinstance(record, Record) and record.name.split(".")[-1] == name,
           f"{where} is a {found}, expected {name}")
    return record


def scalar(x, what):
    if isinstance(x, Tensor):
        values = x.numbers()
        expect(len(values) == 1, f"{what} has {len(values)} numbers, expected one")
        x = values[0]
    expect(isinstance(x, (int, float)) and not isinstance(x, bool) and math.isfinite(x),
           f"{what} is {x!r}, expected a finite number")
    return x


class Blocks:
    """Arrays in the order of the file."""

    def __init__(self):
        self.list = []

    def add(self, name, tensor, shape):
        expect(isinstance(tensor, Tensor), f"array {name} is missing in the model")
        expect(tensor.size == tuple(shape),
               f"array {name} has shape {list(tensor.size)}, expected {list(shape)}")
        values = tensor.numbers()
        expect(all(isinstance(v, float) and math.isfinite(v) for v in values),
               f"array {name} has values that are not finite numbers")
        code = "f64" if tensor.storage[0] == "d" else "f32"
        self.list.append((name, code, tuple(shape), values))


def children(record, where):
    group = record.state.get("_modules") if isinstance(record.state, dict) else None
    expect(isinstance(group, dict), f"{where} has no submodules")
    return list(group.values())


def is_silu(x):
    if isinstance(x, type):
        return issubclass(x, Record) and x.name == "torch.nn.functional.silu"
    return isinstance(x, Record) and x.name.endswith(".SiLU")


def dense(blocks, name, record, n_out, n_in, bias):
    of_class(record, "Dense", name)
    expect(not record.get("use_batchnorm"), f"{name} uses batch normalization, which is not supported")
    linear = of_class(record.need("linear"), "Linear", name)
    blocks.add(name + ".weight", linear.get("weight"), (n_out, n_in))
    expect((linear.get("bias") is not None) == bias, f"{name}: bias is {'missing' if bias else 'unexpected'}")
    if bias:
        blocks.add(name + ".bias", linear.get("bias"), (n_out,))


def network(blocks, name, record, n_in):
    """An Atomwise module with scalar output; returns header words."""
    of_class(record, "Atomwise", name)
    for key, value in (("n_out", 1), ("n_in", n_in), ("residual", False), ("use_batchnorm", False),
                       ("add_linear_nn", True), ("aggregation_mode", "sum"), ("feature_key", "node_feats")):
        expect(record.get(key) == value, f"{name}: {key} is {record.get(key)!r}, expected {value!r}")
    expect(is_silu(record.get("activation")), f"{name}: the activation is not silu")
    hidden = record.need("n_hidden")
    expect(isinstance(hidden, list) and 1 <= len(hidden) <= 4 and all(isinstance(h, int) for h in hidden),
           f"{name}: n_hidden is {hidden!r}, expected one to four layer sizes")
    bias = bool(record.get("bias"))
    layers = children(of_class(record.need("outnet"), "Sequential", name), name)
    expect(len(layers) == len(hidden) + 1, f"{name} has {len(layers)} layers, expected {len(hidden) + 1}")
    sizes = [n_in] + hidden + [1]
    for k, layer in enumerate(layers):
        act = layer.get("activation")
        good = is_silu(act) if k < len(hidden) else isinstance(act, Record) and act.name.endswith("Identity")
        expect(good, f"{name}: layer {k} has an activation that is not supported")
        dense(blocks, f"{name}.{k}", layer, sizes[k + 1], sizes[k], bias)
    dense(blocks, f"{name}.linear", record.need("linear_nn"), 1, n_in, bias)
    return [1 if bias else 0] + hidden


def per_l(blocks, name, record, shape):
    of_class(record, "ParameterList", name)
    for l in range(4):
        blocks.add(f"{name}.{l}", record.get(str(l)), shape)


def message(blocks, layer, nb, channels):
    """One message passing layer; returns header words."""
    parts = layer.state.get("_modules") if isinstance(layer.state, dict) else None
    expect(isinstance(parts, dict) and set(parts) == {"0", "1", "2"},
           "a message passing layer is not memory, Ar and Bchi")
    words = {"memory": 0, "ar": 0, "bchi": [0, 0]}
    if parts["0"] is not None:
        per_l(blocks, "memory", of_class(parts["0"], "NodeMemory", "message 0").need("memory_coef"),
              (nb, channels))
        words["memory"] = 1
    if parts["1"] is not None:
        of_class(parts["1"], "MessageAr", "message 1")
        per_l(blocks, "ar.prefactor", parts["1"].need("prefactor"), (nb, channels))
        per_l(blocks, "ar.rate", parts["1"].need("invr0"), (nb, channels))
        words["ar"] = 1
    if parts["2"] is not None:
        chi = of_class(parts["2"], "MessageBchi", "message 2")
        expect(chi.get("n_layers") == 1, f"MessageBchi has n_layers {chi.get('n_layers')!r}, only 1 is supported")
        expect(not chi.get("residual") and not chi.get("use_batchnorm"),
               "MessageBchi with residual or batch normalization is not supported")
        nl = integer(chi.need("nl"), "nl of MessageBchi")
        nc = integer(chi.need("nc"), "nc of MessageBchi")
        expect(nl in (1, 4) and nc in (1, channels), f"MessageBchi has nl {nl}, nc {nc}: not supported")
        expect(bool(chi.get("shared_l")) == (nl == 1) and bool(chi.get("shared_channels")) == (nc == 1),
               "MessageBchi is not consistent about what it shares")
        layers = children(of_class(chi.need("hnet"), "Sequential", "hnet"), "hnet")
        expect(len(layers) == 1, f"MessageBchi has {len(layers)} layers, only 1 is supported")
        expect(isinstance(layers[0].get("activation"), Record) and
               layers[0].get("activation").name.endswith("Identity"), "MessageBchi has an activation")
        dense(blocks, "bchi", layers[0], nl * nc, nb * 6 * channels, True)
        words["bchi"] = [nl, nc]
    expect(words["memory"] or words["ar"] or words["bchi"][0], "a message passing layer is empty")
    return words


def convert(model, e0, scale):
    of_class(model, "NeuralNetworkPotential", "the model")
    rep = of_class(model.need("representation"), "Cace", "the representation")
    blocks = Blocks()
    zs = [integer(z, "an atomic number") for z in rep.need("zs")]
    expect(zs and all(1 <= z <= len(ELEMENTS) for z in zs) and len(set(zs)) == len(zs),
           f"atomic numbers {zs} are not a list of elements")
    names = [ELEMENTS[z - 1] for z in zs]
    nz, na = len(zs), integer(rep.need("n_atom_basis"), "n_atom_basis")
    nr, nb = integer(rep.need("n_radial_func"), "n_radial_func"), integer(rep.need("n_radial_basis"), "n_radial_basis")
    layers = integer(rep.get("num_message_passing"), "num_message_passing")
    expect(rep.get("max_l") == 3 and rep.get("max_nu") == 3,
           f"max_l is {rep.get('max_l')} and max_nu {rep.get('max_nu')}: only 3 and 3 are supported")
    expect([tuple(x) for x in rep.need("l_list")] == MONOMIALS, "the angular functions are in an unknown order")
    expect(layers in (0, 1), f"the model has {layers} message passing layers: 0 or 1 are supported")
    expect(1 <= na <= 8 and 1 <= nr <= 7 and 1 <= nb <= 64,
           f"n_atom_basis {na}, n_radial_func {nr}, n_radial_basis {nb}: supported are up to 8, 7, 64")
    channels = na * na
    index = of_class(rep.need("node_onehot"), "NodeEncoder", "node_onehot").need("index_map").numbers()
    expect(all(z < len(index) and index[z] == k for k, z in enumerate(zs)), "the element index does not follow zs")
    expect(of_class(rep.need("edge_coding"), "EdgeEncoder", "edge_coding").get("directed") is True,
           "edges are not directed")
    for side in ("sender", "receiver"):
        emb = of_class(rep.need("node_embedding_" + side), "NodeEmbedding", side)
        blocks.add("embedding." + side, emb.get("embedding_weights"), (nz, na))
    radial = of_class(rep.need("radial_basis"), "BesselRBF", "radial_basis")
    cut = of_class(rep.need("cutoff_fn"), "PolynomialCutoff", "cutoff_fn")
    rc, power = scalar(rep.need("cutoff"), "cutoff"), scalar(cut.need("p"), "the power of the cutoff")
    for where, value in (("radial_basis", radial.need("cutoff")), ("cutoff_fn", cut.need("cutoff"))):
        expect(abs(scalar(value, where) - rc) < 1e-6 * abs(rc), f"{where} has another cutoff than the model, {rc}")
    expect(power == int(power) and 2 <= power <= 20 and rc > 0, f"cutoff {rc} or its power {power} is unusable")
    blocks.add("radial.frequency", radial.get("bessel_weights"), (nr,))
    amplitude = scalar(radial.need("prefactor"), "the prefactor of the radial functions")
    expect(abs(amplitude - math.sqrt(2.0 / rc)) < 1e-6, f"the prefactor {amplitude} is not sqrt(2/cutoff)")
    transform = of_class(rep.need("radial_transform"), "SharedRadialLinearTransform", "radial_transform")
    per_l(blocks, "radial.weight", transform.need("weights"), (nr, nb, channels))
    of_class(rep.need("angular_basis"), "AngularComponent", "angular_basis")
    sym = of_class(rep.need("symmetrizer"), "Symmetrizer", "symmetrizer")
    keys = {nu: list(group) for nu, group in sym.need("indice_dict_allnu").items()}
    expect(keys == {2: [1, 2, 3], 3: [(1, 1), (1, 2)]}, f"the invariants are {keys}: not supported")

    messages = children(rep.need("message_passing_list"), "message_passing_list")
    expect(len(messages) == layers, f"{len(messages)} message passing layers are stored, expected {layers}")
    words = message(blocks, messages[0], nb, channels) if layers else {"memory": 0, "ar": 0, "bchi": [0, 0]}
    features = nb * 6 * channels * (layers + 1)

    outputs = children(model.need("output_modules"), "output_modules")
    by_class = collections.defaultdict(list)
    for module in outputs:
        expect(isinstance(module, Record), "an output module is not an object")
        by_class[module.name.split(".")[-1]].append(module)
    unknown = set(by_class) - {"Atomwise", "EwaldPotential", "FeatureAdd", "Forces", "Polarization", "Grad", "Dephase"}
    expect(not unknown, f"output modules {sorted(unknown)} are not supported")
    for group, count in (("Atomwise", 2), ("EwaldPotential", 1), ("FeatureAdd", 1)):
        expect(len(by_class[group]) == count, f"found {len(by_class[group])} {group} modules, expected {count}")
    for module in children(model.need("input_modules"), "input_modules"):
        of_class(module, "Preprocess", "an input module")
    expect(not children(model.get("postprocessors"), "postprocessors") if model.get("postprocessors") else True,
           "the model has postprocessors, which are not supported")
    energy, charge = by_class["Atomwise"]
    ewald, total = by_class["EwaldPotential"][0], by_class["FeatureAdd"][0]
    expect(total.need("feature_keys") == [energy.need("output_key"), ewald.need("output_key")],
           "the energy is not the sum of the short-range and the Ewald energy")
    expect(ewald.need("feature_key") == charge.get("per_atom_output_key"),
           "the Ewald sum is not over the charges of the second network")
    for force in by_class["Forces"]:
        expect(force.get("energy_key") == total.get("output_key"), "forces are not those of the total energy")
    expect(energy.get("per_atom_output_key") is None or energy is not charge, "networks are not told apart")
    hidden_e = network(blocks, "energy", energy, features)
    hidden_q = network(blocks, "charge", charge, features)
    expect(ewald.get("exponent") == 1, f"the Ewald exponent is {ewald.get('exponent')!r}, only 1 is supported")
    expect(ewald.get("external_field") is None, "an external field is part of the model: not supported")
    sigma, dl = scalar(ewald.need("sigma"), "sigma"), scalar(ewald.need("dl"), "dl")
    norm = scalar(ewald.need("norm_factor"), "norm_factor")
    expect(sigma > 0 and dl > 0 and norm > 0, f"sigma {sigma}, dl {dl} or norm_factor {norm} is not positive")
    remove = ewald.get("remove_self_interaction")
    expect(isinstance(remove, bool), "remove_self_interaction is not known")
    for module in by_class["Polarization"]:
        expect(module.get("charge_key") == charge.get("per_atom_output_key"), "Polarization uses other charges")
        if scale is None and module.get("normalization_factor") is not None:
            scale = scalar(module.get("normalization_factor"), "normalization_factor")
    norm_mp = scalar(rep.get("mp_norm_factor"), "mp_norm_factor") if layers else 1.0

    known = set(names)
    for name in e0 or {}:
        expect(name in known, f"--e0 names {name}, but the model has {' '.join(names)}")
    for name in names:
        expect(not e0 or name in e0, f"--e0 gives no energy for {name}")
    header = ["POLAR-LES 1", "elements " + " ".join(names)]
    if e0:
        header.append("e0 " + " ".join(repr(e0[name]) for name in names))
    if scale is not None:
        header.append(f"scale {scale!r}")
    header += [f"cutoff {float(rc)!r} {int(power)}", f"radial {nr} {nb}", f"amplitude {float(amplitude)!r}", f"embedding {na}",
               f"sigma {float(sigma)!r}", f"dl {float(dl)!r}", f"norm {float(norm)!r}",
               f"remove_self {int(remove)}", f"layers {layers}"]
    if layers:
        header += [f"message_norm {norm_mp!r}", f"memory {words['memory']}", f"ar {words['ar']}",
                   "bchi {} {}".format(*words["bchi"])]
    header += ["energy " + " ".join(map(str, hidden_e)), "charge " + " ".join(map(str, hidden_q))]
    return header, blocks.list


def write(path, header, blocks):
    lines = header + ["block {} {} {}".format(name, code, " ".join(map(str, shape)))
                      for name, code, shape, _ in blocks] + ["data\n"]
    content = "\n".join(lines).encode("ascii")
    for _, code, _, values in blocks:
        content += struct.pack(f"<{len(values)}{'d' if code == 'f64' else 'f'}", *values)
    content += b"\ncrc32 %08x\n" % (zlib.crc32(content) & 0xffffffff)
    with open(path, "wb") as out:
        out.write(content)


def parse_e0(text):
    energies = {}
    for word in text.split(","):
        name, _, value = word.partition("=")
        try:
            energy = float(value)
        except ValueError:
            energy = math.nan
        if name not in ELEMENTS or name in energies or not math.isfinite(energy):
            raise argparse.ArgumentTypeError(f"'{word}' is not ELEMENT=ENERGY, as in H=-5.85,O=-2.93")
        energies[name] = energy
    return energies


def finite(text):
    value = float(text)
    if not math.isfinite(value) or value == 0.0:
        raise argparse.ArgumentTypeError("a finite number other than 0 is needed")
    return value


def main():
    parser = argparse.ArgumentParser(description="CACE-LR / LES model (.pth) to a file of pair_style les")
    parser.add_argument("input", metavar="IN.pth")
    parser.add_argument("output", metavar="OUT.les")
    parser.add_argument("--e0", type=parse_e0, metavar="H=E,O=E", help="energy of each element, eV")
    parser.add_argument("--scale", type=finite, metavar="S", help="Born charge per charge of the model")
    options = parser.parse_args()
    try:
        with zipfile.ZipFile(options.input) as archive:
            pickles = [n for n in archive.namelist() if n.endswith("/data.pkl") and n.count("/") == 1]
            expect(len(pickles) == 1, f"the archive has {len(pickles)} data.pkl: not written by torch.save")
            folder = pickles[0].split("/")[0]
            order = folder + "/byteorder"
            if order in archive.namelist():
                expect(member(archive, order).strip() == b"little", "the arrays are not little-endian")
            try:
                model = Reader(archive, folder).load()
            except Refused:
                raise
            except Exception as error:  # a damaged pickle raises nearly anything
                raise Refused(f"damaged pickle ({type(error).__name__}: {error})") from None
        try:
            header, blocks = convert(model, options.e0, options.scale)
        except (AttributeError, TypeError, KeyError, IndexError, ValueError) as error:
            raise Refused(f"a part of the model is not as expected ({type(error).__name__}: {error})") from None
        write(options.output, header, blocks)
    except zipfile.BadZipFile:
        sys.exit(f"{options.input}: not a zip archive, as torch.save has written since version 1.6")
    except (Refused, OSError, EOFError) as error:
        sys.exit(f"{options.input}: {error}")


if __name__ == "__main__":
    main()
