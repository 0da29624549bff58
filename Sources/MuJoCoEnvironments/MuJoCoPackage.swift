/// A Python package of which some files are needed.
struct MuJoCoPackage: Sendable {
    /// One file of a package.
    struct File: Sendable {
        /// Where it lies in the package, and what it is called here.
        let path, name: String
        /// Its SHA-256; nothing where nobody depends on what is in it.
        let digest: String?
    }

    /// Name and version, the package's file and its SHA-256.
    let name, version, file, digest: String
    /// Besides those that every download has.
    let pipOptions: [String]
    /// What is kept.
    let files: [File]

    /// The library in the second package.
    static let library = "libmujoco.so.2.2.2"

    /// Model files (MIT licence).
    static let gymnasium = MuJoCoPackage(
        name: "gymnasium", version: "0.28.1", file: "gymnasium-0.28.1-py3-none-any.whl",
        digest: "7bc9a5bce1022f997d1dbc152fc91d1ac977bad9cc7794cdc25437010867cabf", pipOptions: [],
        files: VelocityTask.allCases.map {
            File(
                path: "gymnasium/envs/mujoco/assets/\($0.modelFile)", name: $0.modelFile,
                digest: $0.rules.digest.description)
        } + [File(path: "gymnasium-0.28.1.dist-info/LICENSE", name: "LICENSE-gymnasium", digest: nil)])

    /// MuJoCo's own build of the library for x86-64 (Apache licence); the package is one for Python 3.10, of which only
    /// the library is used.
    static let mujoco = MuJoCoPackage(
        name: "mujoco", version: "2.2.2",
        file: "mujoco-2.2.2-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        digest: "a074ea3d63ecc504367df46aa73b3066cd9e7d7ebfe8a48261fba04a9ca232ea",
        pipOptions: [
            "--python-version", "3.10", "--implementation", "cp", "--abi", "cp310", "--platform",
            "manylinux2014_x86_64",
        ],
        files: [
            File(
                path: "mujoco/libmujoco.so.2.2.2", name: library,
                digest: "63bb16223b4ef9b86485aea53a9c83d61506ed3131dfd4b62c001f24809d4d61"),
            File(path: "mujoco-2.2.2.dist-info/LICENSE", name: "LICENSE-mujoco", digest: nil),
            File(
                path: "mujoco-2.2.2.dist-info/LICENSES_THIRD_PARTY.md",
                name: "LICENSES-mujoco-third-party.md",
                digest: nil),
        ])
}
