/// The modules from the bottom up: an arrow points at a layer further down.
enum Layers {
    static let modules: [[String]] = [
        [
            "CBuildInfo", "CCrypto", "CHDF5", "CHDF5Reader", "CKernels", "CMallocCounter", "CMPI", "CMuJoCo",
            "COpenBLAS", "CSaferlGuard", "CSQLite", "CZlib", "CZ3",
        ],
        ["ShippedConfigurations", "Storage"],
        ["Assurance", "EventFiles", "Pictures", "Rules", "Tensors"],
        [
            "Alignment", "Comparison", "Guardians", "Networks", "Parallel", "Reliability", "Replay",
            "RuleExport", "Solvers",
            "TabularModels",
        ],
        ["AssuranceCases", "Availability", "Sweeps", "Verification"],
        ["Dynamics", "LanguageModels", "OffPolicyEvaluation", "PolicyOptimisation", "SafeRL"],
        ["PerturbablePhysics"],
        [
            "Agents", "Assessments", "Environments", "GymnasiumEnvironments", "ModelSafety", "Monitors",
            "MuJoCoEnvironments", "PolicyExport", "Shields",
        ],
        ["Algorithms", "Serving"],
        ["Board", "SaferlBenchmarks", "Sockets"],
        ["SaferlCommand"],
        ["Examples", "SaferlBoard", "SaferlGuard", "SaferlMain", "SaferlServe"],
    ]

    /// The layer of a module of ours; nothing for one of the system or of a package that we use.
    static func layer(of module: String) -> Int? { modules.firstIndex { $0.contains(module) } }

    /// The module that a file belongs to.
    static func module(of path: String) -> String? {
        if path.hasPrefix("Environments/gymnasium/") { return "GymnasiumEnvironments" }
        if path.hasPrefix("Environments/") { return "Environments" }
        if path.hasPrefix("Configs/") { return "ShippedConfigurations" }
        if path.hasPrefix("Examples/") { return "Examples" }
        if path.hasPrefix("Benchmarks/") { return "SaferlBenchmarks" }
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
    }

    /// Imports of a file that do not point downwards, each as a phrase.
    static func upwardImports(in path: String, _ text: String) -> [String] {
        guard let module = module(of: path), let own = layer(of: module) else {
            return ["\(path) belongs to no layer"]
        }
        return imports(in: text).filter { $0 != module && (layer(of: $0) ?? -1) >= own }
            .map { "\(path) of \(module) imports \($0)" }
    }

    /// The modules that a file imports.
    static func imports(in text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
                words[..<place].allSatisfy({ $0.hasPrefix("@") || ["public", "package"].contains($0) })
            else { return nil }
            return String(words[place + 1].prefix { $0 != "." })
        }
    }
}
