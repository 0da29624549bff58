import SafeRL
import Testing

/// Choices whose alternatives have settings of their own.
@Suite struct VariantTests {
    private enum Guardian: Variant, Equatable {
        case none, count(Count = Count()), kde(Density = Density())

        static let kinds: [VariantKind<Self>] = [
            .init("none", .none), .init("count") { .count($0) }, .init("kde") { .kde($0) },
        ]

        var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .none: ("none", NoSettings())
            case .count(let own): ("count", own)
            case .kde(let own): ("kde", own)
            }
        }

        struct Count: Defaulted, Equatable {
            @Setting(1...99, "Visits.", formerly: "visits") var visits = 1
            @Setting(.open(0, 1), "Share.", formerly: "share") var share = 0.5
        }

        struct Density: Defaulted, Equatable {
            @Setting(.above(0), "Width.", formerly: "bandwidth") var bandwidth: Float = 0.25
            @Setting(.open(0, 1), "Share.", formerly: "share") var share = 0.5
        }
    }

    private struct Toy: Defaulted, Equatable {
        @Setting("Who judges.") var guardian = Guardian.kde(.with { $0.bandwidth = 2 })
        @Setting(1...99, "Rows.") var rows = 9

        func validate() throws {
            if case .count(let own) = guardian, own.visits > rows {
                throw OptionIssue("guardian.visits", "more than rows, \(rows). Lower it.")
            }
            if guardian == .none && rows == 1 { throw OptionIssue("guardian", "one row needs one.") }
        }
    }

    private func document(_ options: String, _ overrides: [String]) throws -> RunDocument {
        let text = #"{"algorithm": "toy", "environment": "e", "toy": {\#(options)}}"#
        return try RunDocument(
            ConfigurationFile(name: "x.json", bytes: Array(text.utf8)), overriding: overrides)
    }

    private func resolve(_ options: String, _ overrides: String...) throws -> ResolvedRun<Toy> {
        try document(options, overrides).resolve(Toy.self, of: "toy")
    }

    private func guardian(_ options: String, _ overrides: [String] = []) -> String {
        do {
            let run = try document(options, overrides).resolve(Toy.self, of: "toy")
            return run.resolvedJSON()["toy"]?["guardian"]?.compact ?? "missing"
        } catch { return "\(error)" }
    }

    @Test(
        arguments: [
            ("", [], #"{"kind": "kde", "bandwidth": 2, "share": 0.5}"#),
            // An alternative that is named begins with its own defaults; one that stands already keeps those of the type.
            (#""guardian": "count""#, [], #"{"kind": "count", "visits": 1, "share": 0.5}"#),
            (#""guardian": "kde""#, [], #"{"kind": "kde", "bandwidth": 2, "share": 0.5}"#),
            (#""guardian": "none""#, [], #""none""#), (#""guardian": {"kind": "none"}"#, [], #""none""#),
            (#""guardian": {"bandwidth": 1}"#, [], #"{"kind": "kde", "bandwidth": 1, "share": 0.5}"#),
            (
                #""guardian": {"visits": 3, "kind": "count"}"#, [],
                #"{"kind": "count", "visits": 3, "share": 0.5}"#
            ),
            ("", ["toy.guardian.bandwidth=0.5"], #"{"kind": "kde", "bandwidth": 0.5, "share": 0.5}"#),
            ("", ["toy.guardian.kind=none"], #""none""#),
            ("", [#"toy.guardian="none""#], #""none""#),
            (
                "", [#"toy.guardian={"kind": "count", "visits": 7}"#],
                #"{"kind": "count", "visits": 7, "share": 0.5}"#
            ),
            // The order of what is said on the command line does not matter where it is of different keys.
            (
                #""guardian": "count""#, ["toy.guardian.bandwidth=0.5", "toy.guardian=kde"],
                #"{"kind": "kde", "bandwidth": 0.5, "share": 0.5}"#
            ),
            (
                #""guardian": "count""#, ["toy.guardian=kde", "toy.guardian.bandwidth=0.5"],
                #"{"kind": "kde", "bandwidth": 0.5, "share": 0.5}"#
            ),
            // Another alternative on the command line replaces the file's; what both have stays.
            (
                #""guardian": {"kind": "count", "visits": 3, "share": 0.1}"#, ["toy.guardian=kde"],
                #"{"kind": "kde", "bandwidth": 2, "share": 0.1}"#
            ),
        ] as [(String, [String], String)])
    func whatIsSaidGivesOneAlternative(_ options: String, _ overrides: [String], _ expected: String) {
        #expect(guardian(options, overrides) == expected)
    }

    @Test(
        arguments: [
            (
                #""guardian": {"kind": "count", "bandwidth": 1}"#, [],
                #"x.json:1:93: toy.guardian.bandwidth = 1: without effect, because toy.guardian is "count"; "kde" has it. "#
                    + #"Remove it, or write "guardian": "kde"."#
            ),
            (
                #""guardian": "count""#, ["toy.guardian.bandwidth=0.5"],
                #"--set toy.guardian.bandwidth=0.5: without effect, because toy.guardian is "count"; "kde" has it. "#
                    + "Remove it, or write --set toy.guardian=kde."
            ),
            (
                #""guardian": {"kind": "count", "bandwidth": 1}"#, ["toy.guardian=none"],
                #"x.json:1:93: toy.guardian.bandwidth = 1: without effect, because toy.guardian is "none"; "kde" has it. "#
                    + #"Remove it, or write "guardian": "kde"."#
            ),
            (
                "", ["toy.guardian=none", "toy.guardian.share=0.1"],
                #"--set toy.guardian.share=0.1: without effect, because toy.guardian is "none"; "count" and "kde" have it. "#
                    + "Remove it, or write --set toy.guardian=count."
            ),
            (
                "", ["toy.bandwidth=0.5", "toy.guardian=none"],
                #"--set toy.bandwidth=0.5: without effect, because toy.guardian is "none"; "kde" has it. "#
                    + "Remove it, or write --set toy.guardian=kde."
            ),
            (
                #""guardian": {"bandwith": 1}"#, [],
                #"x.json:1:63: toy.guardian.bandwith: unknown key. Did you mean "bandwidth"?"#
            ),
            (
                "", ["toy.guardian.bandwith=1"],
                #"--set toy.guardian.bandwith=1: unknown key. Did you mean "toy.guardian.bandwidth"?"#
            ),
            (
                "", ["toy.bandwith=1"],
                #"--set toy.bandwith=1: unknown key. Did you mean "toy.guardian.bandwidth"?"#
            ),
            (
                #""guardian": "kdee""#, [],
                #"x.json:1:62: toy.guardian = "kdee": must be "none", "count" or "kde". Did you mean "kde"?"#
            ),
            (
                #""guardian": {"kind": "kdee"}"#, [],
                #"x.json:1:71: toy.guardian.kind = "kdee": must be "none", "count" or "kde". Did you mean "kde"?"#
            ),
            (
                "", ["toy.guardian=3"],
                #"--set toy.guardian=3: must be "none", "count" or "kde". The default is "kde"."#
            ),
            (
                #""guardian": {"kind": "count", "visits": 0}"#, [],
                "x.json:1:90: toy.guardian.visits = 0: must be a whole number from 1 to 99. The default is 1."
            ),
            (
                "", ["toy.guardian.bandwidth=1e300"],
                "--set toy.guardian.bandwidth=1e300: too large for single precision."
            ),
            ("", ["toy.guardian.kind.x=1"], #"--set toy.guardian.kind.x=1: unknown key. Known keys: "#),
            (
                #""guardian": "none", "rows": 1"#, [],
                #"x.json:1:62: toy.guardian = "none": one row needs one."#
            ),
            (
                #""guardian": {"kind": "count", "visits": 10}"#, [],
                "x.json:1:90: toy.guardian.visits = 10: more than rows, 9. Lower it."
            ),
        ] as [(String, [String], String)])
    func whatHasNoEffectIsRefusedInOneSentence(_ options: String, _ overrides: [String], _ expected: String) {
        let fault = guardian(options, overrides)
        #expect(expected.hasSuffix(": ") ? fault.hasPrefix(expected) : fault == expected, "\(fault)")
    }

    /// What the messages above say to write does end in a configuration.
    @Test func theRemediesWork() throws {
        #expect(
            guardian(#""guardian": "count""#, ["toy.guardian.bandwidth=0.5", "toy.guardian=kde"])
                == #"{"kind": "kde", "bandwidth": 0.5, "share": 0.5}"#)
        #expect(
            guardian(#""guardian": {"kind": "kde", "bandwidth": 1}"#)
                == #"{"kind": "kde", "bandwidth": 1, "share": 0.5}"#)
        #expect(
            guardian("", ["toy.guardian=count", "toy.guardian.share=0.1"])
                == #"{"kind": "count", "visits": 1, "share": 0.1}"#)
    }

    @Test func theFormerSpellingIsReadWithARemarkForEachKey() throws {
        let run = try resolve(#""guardian": "count", "visits": 3"#, "toy.share=0.25", "toy.share=0.75")
        #expect(run.options.guardian == .count(.with { ($0.visits, $0.share) = (3, 0.75) }))
        #expect(
            run.remarks == [
                "x.json:1:71: toy.visits is now called toy.guardian.visits; the next version will not know the former name.",
                "--set toy.share=0.25: toy.share is now called toy.guardian.share; the next version will not know the "
                    + "former name.",
            ])
        #expect(run.source(of: "toy.guardian.visits").description == "x.json:1:81")
        #expect(try resolve(#""guardian": {"kind": "count", "visits": 3}"#).remarks == [])
    }

    /// Configurations that an earlier version printed in full, whatever was chosen.
    @Test func ofAnEarlierVersionDefaultsOfOtherAlternativesArePassedOverAndNothingElse() {
        #expect(
            guardian(#""guardian": "count", "visits": 3, "bandwidth": 2, "share": 0.5"#)
                == #"{"kind": "count", "visits": 3, "share": 0.5}"#)
        #expect(
            guardian(#""guardian": "count", "visits": 3, "bandwidth": 1"#)
                == #"x.json:1:97: toy.guardian.bandwidth = 1: without effect, because toy.guardian is "count"; "kde" "#
                + #"has it. Remove it, or write "guardian": "kde"."#)
        #expect(
            guardian(#""guardian": {"kind": "count", "visits": 2}, "visits": 3"#)
                == "x.json:1:104: toy.guardian.visits: written twice, under this key and under its former one. Remove the former."
        )
    }

    @Test func whatARunStoredIsReadAsWhatItDid() throws {
        let text = #"""
            {"algorithm": "toy", "environment": "e",
             "toy": {"guardian": "count", "visits": 3, "bandwidth": 7, "share": 0.5, "rows": 9}}
            """#
        let run = try RunDocument(stored: text, as: "config.resolved.json").resolve(Toy.self, of: "toy")
        #expect(run.options.guardian == .count(.with { $0.visits = 3 }))
        #expect(run.remarks == [])
    }

    @Test func theResolvedConfigurationReadsBackEqual() throws {
        for options in ["", #""guardian": "none""#, #""guardian": {"kind": "count", "visits": 3}"#] {
            let run = try resolve(options)
            let text = run.resolvedJSON().pretty
            let file = ConfigurationFile(name: "y.json", bytes: Array(text.utf8))
            let back = try RunDocument(file).resolve(Toy.self, of: "toy")
            #expect(back.options == run.options && back.resolvedJSON().pretty == text)
            #expect(back.source(of: "toy.rows") != .byDefault)
        }
    }

    private struct Careless: Defaulted {
        enum Choice: Variant {
            case one(One = One()), other(Other = Other())
            static let kinds: [VariantKind<Self>] = [
                .init("one") { .one($0) }, .init("other") { .other($0) },
            ]
            var chosen: (kind: String, settings: any Defaulted) {
                switch self {
                case .one(let own): ("one", own)
                case .other(let own): ("other", own)
                }
            }
        }
        struct One: Defaulted { @Setting(1...9, "Small.") var small = 0 }
        struct Other: Defaulted { @Setting(1...8, "Small.") var small = 1 }
        @Setting("Choice.") var choice = Choice.one()
    }

    @Test func theDefaultsOfEveryAlternativeAreChecked() throws {
        #expect(try Toy.inconsistencies() == [])
        #expect(
            try Careless.inconsistencies() == [
                #"choice "one".small: the default 0 is not a whole number from 1 to 9"#,
                #"choice "other".small is described otherwise before"#,
            ])
    }

    @Test func leavesAreTheKeysOfAllAlternatives() {
        #expect(
            Toy.options.leaves().map { "\($0.path): \($0.summary)" } == [
                "guardian: Who judges.", "guardian.visits: count: Visits.",
                "guardian.share: count and kde: Share.", "guardian.bandwidth: kde: Width.", "rows: Rows.",
            ])
    }
}
