import EventFiles
import SafeRL

/// What `saferl runs export --tensorboard` does.
struct EventExport {
    let directories: [String]
    let folder: String
    let addsHistograms: Bool

    func run() throws {
        let files = SystemFiles()
        for (name, run) in try ExportedRuns(directories).named {
            let exported = try RunEventFile.export(
                run: run.path, ending: run.manifest.finished ? .success : nil,
                histograms: addsHistograms ? try Self.histograms(run) : [])
            let place = "\(folder)/\(name)"
            try files.makeDirectories(place)
            try files.replaceFile("\(place)/\(exported.name)", with: exported.bytes)
            try Output.write("\(oneLine(place))/\(exported.name)")
        }
    }

    /// How the weights of every checkpoint are spread.
    private static func histograms(
        _ run: RunDirectory
    ) throws -> [(step: Int, tag: String, histogram: Histogram)] {
        try directoryContents(run.path + "/checkpoints").flatMap {
            folder -> [(step: Int, tag: String, histogram: Histogram)] in
            guard let step = Int(folder.dropFirst("step-".count)) else { return [] }
            return try weights(of: run.checkpoint(step)).map { (step, $0.tag, $0.histogram) }
        }
    }

    /// How the weights of each network in a checkpoint are spread.
    static func weights(of checkpoint: CheckpointReader) throws -> [(tag: String, histogram: Histogram)] {
        let file = try SafetensorsFile(contentsOf: checkpoint.path + "/state.safetensors")
        return try file.names.filter(isWeights).map { name in
            let values =
                try file.type(of: name) == "F64"
                ? try file.doubles(name).map { Float($0) } : try file.floats(name)
            return ("weights/" + name.replacing(".weights", with: ""), Histogram(of: values))
        }
    }

    /// Whether a tensor is a network's, and no moment of its optimiser.
    private static func isWeights(_ name: String) -> Bool {
        let parts = name.split(separator: ".")
        return parts.contains("weights") || parts.last == "parameters"
    }
}

/// Runs that are exported, each by a name of its own.
struct ExportedRuns {
    let named: [(name: String, run: RunDirectory)]

    /// - Throws: `RunError`; `PlacedFault` where two runs have one name.
    init(_ directories: [String]) throws {
        named = try directories.map { directory in
            let run = try RunDirectory.inspect(directory)
            return (run.path.split(separator: "/").last.map(String.init) ?? run.path, run)
        }
        for (index, entry) in named.enumerated() {
            guard let other = named[..<index].first(where: { $0.name == entry.name }) else { continue }
            throw PlacedFault(
                .usage, at: entry.run.path,
                "has the name of \(oneLine(other.run.path)). Export them into folders of their own.")
        }
    }
}
