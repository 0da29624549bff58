import Foundation
import SafeRL
import ShippedConfigurations

/// What shells offer where a name is wanted; what is offered is read off the registry, the keys and the folder.
enum NameCompletion {
    /// Configurations that are shipped, by the path that `saferl train` takes, and files and folders that begin so.
    static func configurations(_ start: String) -> [String] {
        let shipped = ShippedConfigurations.texts.keys.sorted().map { "configs/\($0)" }
        return beginning(with: start, shipped) + files(start, ending: ".json")
    }

    /// Environments, and of each family one.
    static func environments(_ start: String, _ registry: Registry) -> [String] {
        beginning(with: start, registry.environmentNames + registry.families.map { $0.example })
    }

    /// Keys of a run and of every algorithm; with `assigning` behind an equals sign, and then what may stand there.
    static func keys(_ start: String, assigning: Bool, _ registry: Registry) -> [String] {
        guard let options = try? OptionCatalogue(registry: registry).options else { return [] }
        guard assigning else { return beginning(with: start, options.leaves().map { $0.path }) }
        guard let equals = start.firstIndex(of: "=") else {
            return beginning(with: start, options.leaves().map { $0.path + "=" })
        }
        let key = String(start[..<equals])
        return beginning(with: start, words(of: key, options, registry).map { "\(key)=\($0)" })
    }

    /// The words that a key takes; none where it takes numbers or texts.
    private static func words(of key: String, _ options: [Option], _ registry: Registry) -> [String] {
        switch key {
        case "algorithm": return registry.algorithmNames
        case "environment", "evaluation.environment", "data.collect.environment":
            return registry.environmentNames
        default: break
        }
        let path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        return switch options.option(at: path)?.domain {
        case .choice(let words): words
        case .boolean: ["true", "false"]
        case .integerOr(let word, _, _): [word]
        default: []
        }
    }

    /// Files of an ending, and folders with a slash behind them.
    private static func files(_ start: String, ending: String) -> [String] {
        let folder = start.lastIndex(of: "/").map { String(start[...$0]) } ?? ""
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
        return names.sorted().map { folder + $0 }.filter { $0.hasPrefix(start) }.compactMap { path in
            if fileKind(path, following: true) == .directory { return path + "/" }
            return path.hasSuffix(ending) ? path : nil
        }
    }

    private static func beginning(with start: String, _ names: [String]) -> [String] {
        names.filter { $0.hasPrefix(start) }
    }
}
