import Testing

/// What holds between files, where the compiler does not look.
@Suite struct ArchitectureTests {
    @Test func arrowsPointDownwards() throws {
        let files = try Sources.modules()
        #expect(files.count > 400)
        for file in files { #expect(Layers.upwardImports(in: file.path, file.text) == []) }
    }

    @Test func anArrowUpwardsIsSeen() {
        func upward(_ path: String, _ text: String) -> Int { Layers.upwardImports(in: path, text).count }
        #expect(upward("Sources/Replay/A.swift", "import Foundation\nimport Tensors\nimport Replay\n") == 0)
        #expect(upward("Sources/Replay/A.swift", "@_exported import SafeRL\n") == 1)
        #expect(
            upward("Sources/Replay/A.swift", "package import struct Guardians.Matrix\nimport Networks") == 1)
        #expect(upward("Environments/gymnasium/Sources/A.swift", "import Environments\nimport SafeRL") == 1)
        // What judges policies from records needs no framework that runs them.
        #expect(upward("Sources/OffPolicyEvaluation/A.swift", "import Networks\nimport SafeRL") == 1)
        // What draws knows nothing of what learns, nor of its numbers.
        #expect(upward("Sources/Pictures/A.swift", "import CZlib\nimport Storage") == 0)
        #expect(upward("Sources/Pictures/A.swift", "import Tensors\nimport SafeRL") == 2)
        #expect(upward("Sources/Unknown/A.swift", "") == 1)
    }

    @Test func onlySafeRLExportsOthers() throws {
        let exporting = try Sources.modules().filter { $0.text.contains("@_exported import") }
        #expect(Set(exporting.compactMap { Layers.module(of: $0.path) }) == ["SafeRL"])
    }

    @Test func everyErrorCarriesItsKind() throws {
        let bare = try Sources.modules().flatMap { Self.bareErrors(in: $0.text) }
        // Caught where they are made, or no error of anybody: who stops or gives up is asked to.
        #expect(
            Set(bare) == [
                "ChatFault", "CommandStatus", "EnvironmentFailure", "EvaluationStopped", "Fault", "GivenUp",
                "Held",
                "Stopped", "SystemFault", "TextPatternError", "WorkerFault",
            ])
        #expect(Self.bareErrors(in: "public enum A: Error, Equatable {\nstruct B: Fault {}\n") == ["A"])
    }

    /// Types that are errors without saying what their user can do.
    private static func bareErrors(in text: String) -> [String] {
        text.matches(of: /(?:enum|struct|class|protocol) (\w+): (?:\w+, )*Error\b/).map { String($0.1) }
    }

    @Test func abilitiesAreRequirementsAndNoCasts() throws {
        // Any error may be a fault, and any property a setting: neither can be asked otherwise.
        let known = ["Sources/Storage/Fault.swift", "Sources/SafeRL/Configuration/Setting.swift"]
        let casting = try Sources.modules().filter { Self.casts(in: $0.text) > 0 }.map(\.path)
        #expect(casting.sorted() == known.sorted())
        #expect(Self.casts(in: "let a = b as? any C\nswitch d as any E {}\nif f is any G.Type {}") == 2)
    }

    /// Questions whether a value or a type has an ability.
    private static func casts(in text: String) -> Int {
        text.matches(of: #/\b(?:as[?!]|is) any\s/#).count
    }

    @Test func anAlgorithmReadsInOneFile() throws {
        let files = try Sources.modules()
        var main: [String: Int] = [:]
        for folder in Set(files.compactMap { Self.algorithm(of: $0.path) }) {
            let path = "Sources/Algorithms/\(folder)/\(folder).swift"
            main[folder] = files.first { $0.path == path }.map { Self.lines(in: $0.text) }
        }
        #expect(
            Set(main.keys).isSuperset(of: [
                "BCQLag", "BEARLag", "BehaviourCloning", "COptiDICE", "CPQ", "FISOR", "HCRLHF", "OGSRL",
            ]))
        for (folder, lines) in main { #expect(lines <= 300, "\(folder).swift") }
        #expect(Self.lines(in: String(repeating: "line\n", count: 301)) == 301)
    }

    /// The folder of an algorithm that a file lies in.
    private static func algorithm(of path: String) -> String? {
        let parts = path.split(separator: "/")
        return parts.count >= 4 && parts[..<2] == ["Sources", "Algorithms"] ? String(parts[2]) : nil
    }

    private static func lines(in text: String) -> Int { text.count { $0 == "\n" } }

    @Test func noTwoPathsDifferOnlyInCase() throws {
        #expect(Self.collisions(among: try Sources.paths() + ["Checkpoints", "Package.swift"]) == [])
        #expect(Self.collisions(among: ["Sources/SafeRL/A.swift", "Sources/saferl/B.swift", "C"]).count == 1)
    }

    /// Paths of files or folders that are one where case does not count.
    private static func collisions(among paths: [String]) -> [[String]] {
        var spellings: [String: Set<String>] = [:]
        for path in paths {
            let parts = path.split(separator: "/")
            for count in 1...parts.count {
                let place = parts.prefix(count).joined(separator: "/")
                spellings[place.lowercased(), default: []].insert(place)
            }
        }
        return spellings.values.filter { $0.count > 1 }.map { $0.sorted() }
    }
}
