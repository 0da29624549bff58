import Algorithms
import SafeRL
import Testing

/// The keys that only some alternatives of a choice have, of every algorithm: where they are refused, and what they were called.
@Suite struct ChoiceKeyTests {
    /// A key and a value as JSON text.
    typealias Said = (key: String, value: String)

    /// The options of one algorithm.
    struct Section: CustomTestStringConvertible {
        let name: String
        let options: [Option]
        /// What lets every alternative be chosen, the rest being the defaults.
        let base: [Said]
        /// What an alternative needs beside that, by `key=word`.
        let needs: [String: [Said]]
        let defaults: @Sendable () throws -> JSONValue
        let resolve: @Sendable (RunDocument) throws -> (values: JSONValue, remarks: [String])

        init<Options: Defaulted>(
            _ name: String, _ options: Options.Type, _ base: [Said] = [], needs: [String: [Said]] = [:]
        ) {
            (self.name, self.options, self.base, self.needs) = (name, Options.options, base, needs)
            defaults = { try JSONValue(encoding: Options()) }
            resolve = { document in
                let run = try document.resolve(Options.self, of: name)
                return (run.resolvedJSON(), run.remarks)
            }
        }

        var testDescription: String { name }
    }

    private static let table = [
        ("model", #""tabular""#), ("mode", #""reject""#), ("inputs", #""table""#),
    ]

    static let sections = [
        Section("bc", BehaviourCloning.Configuration.self), Section("cdt", CDT.Configuration.self),
        Section("fisor", FISOR.Configuration.self),
        Section(
            "ogsrl", OGSRL.Configuration.self,
            needs: [
                "guardian=disagreement": [("model", #""ensemble""#)],
                "optimiser=exact": table, "optimiser=spibb": table,
                "optimiser.advantages=exact": [("model", #""tabular""#)],
            ]),
        Section("hcrlhf", HCRLHF.Configuration.self, [("candidate.samples", "1")]),
    ]

    /// Algorithms without alternatives.
    static let plain = [
        Section("lspc", LSPC.Configuration.self), Section("bcrl", BCRL.Configuration.self),
        Section("bcq-lag", BCQLag.Configuration.self), Section("cpq", CPQ.Configuration.self),
        Section("coptidice", COptiDICE.Configuration.self), Section("bear-lag", BEARLag.Configuration.self),
    ]

    /// A choice, with what has to be said for it to be there.
    struct Choice {
        let path: String
        let kinds: [Option.Kind]
        let context: [Said]
    }

    private static func choices(
        _ options: [Option], under prefix: String = "", _ context: [Said] = []
    ) -> [Choice] {
        options.flatMap { option -> [Choice] in
            let path = prefix + option.key
            switch option.domain {
            case .group(let inner): return choices(inner, under: path + ".", context)
            case .variant(let kinds):
                return [Choice(path: path, kinds: kinds, context: context)]
                    + kinds.flatMap {
                        choices($0.options, under: path + ".", context + [(path, "\"\($0.word)\"")])
                    }
            default: return []
            }
        }
    }

    // MARK: Saying

    private static func word(_ said: Said) -> String { said.value.filter { $0 != "\"" } }

    private static func context(_ section: Section, _ said: [Said]) -> [Said] {
        section.base + said + said.flatMap { section.needs["\($0.key)=\(word($0))"] ?? [] }
    }

    /// On the command line, one after the other.
    private static func overriding(_ section: Section, _ said: [Said]) throws -> RunDocument {
        let text = #"{"algorithm": "\#(section.name)", "environment": "e"}"#
        return try RunDocument(
            ConfigurationFile(name: "x.json", bytes: Array(text.utf8)),
            overriding: said.map { "\(section.name).\($0.key)=\($0.value)" })
    }

    /// In a file, the last word of each key.
    private static func written(_ section: Section, _ said: [Said]) throws -> RunDocument {
        let own = try object(said.map { ($0.key.split(separator: ".").map(String.init), $0.value) })
        let text = #"{"algorithm": "\#(section.name)", "environment": "e", "\#(section.name)": \#(own)}"#
        return try RunDocument(ConfigurationFile(name: "x.json", bytes: Array(text.utf8)))
    }

    private static func object(_ said: [(path: [String], value: String)]) throws -> String {
        var keys: [String] = []
        for key in said.map({ $0.path[0] }) where !keys.contains(key) { keys.append(key) }
        let members = try keys.map { key -> String in
            let own = said.filter { $0.path[0] == key }
            let inner = own.filter { $0.path.count > 1 }.map { (Array($0.path.dropFirst()), $0.value) }
            guard let leaf = own.last(where: { $0.path.count == 1 }) else {
                return "\"\(key)\": \(try object(inner))"
            }
            return inner.isEmpty
                ? "\"\(key)\": \(leaf.value)"
                : "\"\(key)\": \(try object([(["kind"], leaf.value)] + inner))"
        }
        return "{" + members.joined(separator: ", ") + "}"
    }

    private static func fault(_ section: Section, _ document: RunDocument) -> String {
        do {
            _ = try section.resolve(document)
            return "accepted"
        } catch { return "\(error)" }
    }

    // MARK: Keys of other alternatives

    /// A key that an alternative does not have, and who has it.
    private struct Stranger {
        let said: [Said]
        let choice: Said
        let owner: Said
        let key: Said
        let message: String
    }

    private static func strangers(_ section: Section) throws -> [Stranger] {
        let defaults = try section.defaults()
        return choices(section.options).flatMap { choice in
            choice.kinds.flatMap { kind in
                choice.kinds.allOptions.filter { !kind.options.contains($0) }.map { option in
                    let owners = choice.kinds.words(with: option.key)
                    let path = choice.path + "." + option.key
                    let standard = section.options.standard(
                        at: path.split(separator: ".").map(String.init), in: defaults)
                    return Stranger(
                        said: context(section, choice.context), choice: (choice.path, "\"\(kind.word)\""),
                        owner: (choice.path, "\"\(owners[0])\""), key: (path, standard?.compact ?? "null"),
                        message:
                            "without effect, because \(section.name).\(choice.path) is \"\(kind.word)\"; "
                            + "\(listed(owners.map { "\"\($0)\"" }, "and")) \(owners.count == 1 ? "has" : "have") it. "
                    )
                }
            }
        }
    }

    @Test(arguments: sections) func aKeyOfAnotherAlternativeIsRefusedNamingWhoHasIt(_ section: Section) throws
    {
        let strangers = try Self.strangers(section)
        #expect(!strangers.isEmpty)
        for row in strangers {
            let said = row.said + [row.choice, row.key]
            let name = "\(section.name).\(row.key.key)"
            let place = "--set \(name)=\(row.key.value): "
            let remedy = "Remove it, or write --set \(section.name).\(row.owner.key)=\(Self.word(row.owner))."
            #expect(
                Self.fault(section, try Self.overriding(section, said)) == place + row.message + remedy)
            let inFile = Self.fault(section, try Self.written(section, said))
            let last = row.owner.key.split(separator: ".").last ?? ""
            #expect(
                inFile.hasSuffix(
                    "\(name) = \(row.key.value): \(row.message)Remove it, or write \"\(last)\": \(row.owner.value)."
                ),
                "\(inFile)")
            let without = row.said + Self.context(section, [row.choice])
            let owned = row.said + Self.context(section, [row.owner]) + [row.key]
            for remedy in [without, owned] {
                for say in [Self.overriding, Self.written] {
                    let fault = Self.fault(section, try say(section, remedy))
                    #expect(fault == "accepted" || Self.isKnown(fault), "\(remedy): \(fault)")
                }
            }
        }
    }

    /// Of clipped steps nothing is exact, which is said with a remedy of its own.
    private static func isKnown(_ fault: String) -> Bool {
        fault.contains(
            "\"ppo-lagrangian\" takes none that are exact. Write \"sampled\", or \"optimiser\": \"cpo\".")
    }

    // MARK: Former keys

    /// Every setting that had another key, where an alternative has it.
    private static func renamed(
        _ options: [Option], of section: Section, _ defaults: JSONValue, under prefix: String = "",
        _ context: [Said] = []
    ) -> [(former: String, today: Said, context: [Said])] {
        options.flatMap { option -> [(former: String, today: Said, context: [Said])] in
            let path = prefix + option.key
            let keys = path.split(separator: ".").map(String.init)
            let own = section.options.standard(at: keys, in: defaults)
            var found: [(former: String, today: Said, context: [Said])] = []
            if let former = option.formerly {
                found.append((former, (path, another(option, than: own)), context))
            }
            switch option.domain {
            case .group(let inner): found += renamed(inner, of: section, defaults, under: path + ".", context)
            case .variant(let kinds):
                found += kinds.flatMap {
                    renamed(
                        $0.options, of: section, defaults, under: path + ".",
                        context + [(path, "\"\($0.word)\"")])
                }
            default: break
            }
            return found
        }
    }

    /// A value that is not the default, nor far from it.
    private static func another(_ option: Option, than standard: JSONValue?) -> String {
        switch option.domain {
        case .integer(_, let maximum): "\(min(max((standard?.number?.int ?? 2) + 1, 3), maximum))"
        case .number(let minimum, _, _, _): minimum < 0 ? "-0.25" : "0.375"
        case .sizes: "[7]"
        case .boolean: standard?.bool == true ? "false" : "true"
        case .choice(let words): "\"\(words.first { $0 != standard?.string } ?? "")\""
        case .variant(let kinds):
            "\"\(kinds.map(\.word).first { $0 != standard?.variantWord?.string ?? standard?.string } ?? "")\""
        default: "null"
        }
    }

    @Test(arguments: sections) func aFormerKeyIsReadWithOneWarningAndMeansWhatTodaysDoes(_ section: Section)
        throws
    {
        let renamed = Self.renamed(section.options, of: section, try section.defaults())
        // CDT came after the keys were renamed.
        #expect(renamed.isEmpty == (section.name == "cdt"))
        for row in renamed {
            let said =
                Self.context(section, row.context)
                + (section.needs["\(row.today.key)=\(Self.word(row.today))"] ?? [])
            func outcome(_ document: RunDocument) -> (text: String, remarks: [String]) {
                do {
                    let (values, remarks) = try section.resolve(document)
                    return (values.compact, remarks)
                } catch {
                    let text = "\(error)"
                    return (text.firstRange(of: ": ").map { String(text[$0.upperBound...]) } ?? text, [])
                }
            }
            let name = "\(section.name).\(row.former)"
            for say in [Self.overriding, Self.written] {
                let today = outcome(try say(section, said + [row.today]))
                let former = outcome(try say(section, said + [(row.former, row.today.value)]))
                // Where the value is refused, the message names today's key.
                let text = former.text.replacing("\(name) = ", with: "\(section.name).\(row.today.key) = ")
                #expect(text == today.text, "\(name)")
                #expect(today.remarks == [])
                guard today.text.hasPrefix("{") else {
                    #expect(Self.isKnown(today.text), "\(name): \(today.text)")
                    continue
                }
                #expect(
                    former.remarks.map { String($0[($0.firstRange(of: ": ")?.upperBound ?? $0.endIndex)...]) }
                        == [
                            "\(name) is now called \(section.name).\(row.today.key); the next version will not "
                                + "know the former name."
                        ])
            }
        }
    }
}
