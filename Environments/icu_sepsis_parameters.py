"""Writes the parameters of ICU-Sepsis as four CSV files, from the package icu-sepsis 2.0.1.

Usage: icu_sepsis_parameters.py WHEEL FOLDER

Run by "saferl env setup icu-sepsis". The wheel is read as the archive that it is: nothing of it is installed or executed,
and the standard library is enough. Numbers are written with the digits that bring the same double back (17), the
features with the 9 that a float needs.

    transitions_admissible.csv   s, a, s2, p     admissible pairs; a = 5 * fluid + vasopressor
    initial.csv                  s, p            law of the first state
    expert_policy.csv            s, a, p         the clinicians' policy
    state_features.csv           s, mean_sofa, and 47 standardised features of each state's centroid
"""

import ast
import array
import os
import sys
import zipfile

ASSETS = "icu_sepsis/envs/assets/"
LICENCE = "icu_sepsis-2.0.1.dist-info/licenses/LICENSE.txt"
LIVING, ACTIONS = 713, 25
FEATURES = (
    "gender mechvent max_dose_vaso re_admission age Weight_kg GCS HR SysBP MeanBP DiaBP RR Temp_C FiO2_1 Potassium "
    "Sodium Chloride Glucose Magnesium Calcium Hb WBC_count Platelets_count PTT PT Arterial_pH paO2 paCO2 Arterial_BE "
    "HCO3 Arterial_lactate SOFA SIRS Shock_Index PaO2_FiO2 cumulated_balance SpO2 BUN Creatinine SGOT SGPT Total_bili "
    "INR input_total input_4hourly output_total output_4hourly"
).split()


def read_array(archive, name, shape):
    """The numbers of one little-endian array of doubles in a .npz file, row-major."""
    content = archive.read(name + ".npy")
    if content[:8] != b"\x93NUMPY\x01\x00":
        sys.exit(f"{name}: not an array of the expected format")
    start = 10 + int.from_bytes(content[8:10], "little")
    header = ast.literal_eval(content[10:start].decode("latin-1"))
    if header != {"descr": "<f8", "fortran_order": False, "shape": shape}:
        sys.exit(f"{name}: {header} instead of doubles of shape {shape}")
    numbers = array.array("d")
    numbers.frombytes(content[start:])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def read_admissible(text):
    """The admissible actions of every living state: a line of counts, then a line for each state."""
    lines = text.splitlines()
    actions = [[int(word) for word in line.split()] for line in lines[1:]]
    if [len(row) for row in actions[: LIVING]] != [int(word) for word in lines[0].split()][: LIVING]:
        sys.exit("admissible_actions.txt: counts and actions disagree")
    return actions[:LIVING]


def rows_of_law(law, states, pair):
    """Successors of positive probability."""
    return ((s2, p) for s2, p in enumerate(law[pair * states : (pair + 1) * states]) if p > 0)


def main(wheel, folder):
    with zipfile.ZipFile(wheel) as package:
        admissible = read_admissible(package.read(ASSETS + "admissible_actions.txt").decode("ascii"))
        licence = package.read(LICENCE)
        with package.open(ASSETS + "dynamics.npz") as stream, zipfile.ZipFile(stream) as archive:
            states = LIVING + 3
            law = read_array(archive, "tx_mat", (states, ACTIONS, states))
            start = read_array(archive, "d_0", (states,))
            expert = read_array(archive, "expert_policy", (states, ACTIONS))
            features = read_array(archive, "state_cluster_centers", (states, len(FEATURES)))
            sofa = read_array(archive, "sofa_scores", (states,))

    def write(name, head, lines):
        with open(os.path.join(folder, name), "w", encoding="ascii", newline="\n") as file:
            file.write(head + "\n")
            file.writelines(line + "\n" for line in lines)

    write(
        "transitions_admissible.csv", "s,a,s2,p",
        (f"{s},{a},{s2},{p:.17g}" for s in range(LIVING) for a in admissible[s]
         for s2, p in rows_of_law(law, states, s * ACTIONS + a)))
    write("initial.csv", "s,p", (f"{s},{p:.17g}" for s, p in enumerate(start) if p > 0))
    write(
        "expert_policy.csv", "s,a,p",
        (f"{s},{a},{expert[s * ACTIONS + a]:.17g}" for s in range(LIVING) for a in range(ACTIONS)
         if expert[s * ACTIONS + a] > 0))
    write(
        "state_features.csv", ",".join(["s", "mean_sofa"] + FEATURES),
        (f"{s},{sofa[s]:.17g}," + ",".join(
            f"{value:.9g}" for value in features[s * len(FEATURES) : (s + 1) * len(FEATURES)])
         for s in range(LIVING)))
    with open(os.path.join(folder, "LICENSE.txt"), "wb") as file:
        file.write(licence)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: icu_sepsis_parameters.py WHEEL FOLDER")
    main(sys.argv[1], sys.argv[2])
