import SafeRL
import Testing

/// Keys that have no effect at the value of another key, and former keys that several alternatives took over.
@Suite struct IdleSettingTests {
    private enum Learner: Variant, Equatable {
        case steps(Steps = Steps()), plan(Plan = Plan())

        static let kinds: [VariantKind<Self>] = [
            .init("steps") { .steps($0) }, .init("plan") { .plan($0) },
        ]

        var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .steps(let own): ("steps", own)
            case .plan(let own): ("plan", own)
            }
        }

        struct Steps: Defaulted, Equatable {
            @Setting("Source.", formerly: "source") var source = Source.counted()
        }

        struct Plan: Defaulted, Equatable {
            @Setting(.above(0), "Pseudo-records.", formerly: "shrinkage") var shrinkage: Float = 100
        }
    }

    private enum Source: Variant, Equatable {
        case drawn, counted(Counted = Counted())

        static let kinds: [VariantKind<Self>] = [
            .init("drawn", .drawn), .init("counted") { .counted($0) },
        ]

        var chosen: (kind: String, settings: any Defaulted) {
            switch self {
            case .drawn: ("drawn", NoSettings())
            case .counted(let own): ("counted", own)
            }
        }

        struct Counted: Defaulted, Equatable {
            @Setting(.above(0), "Pseudo-records.", formerly: "shrinkage") var shrinkage: Float = 100
        }
    }

    private struct Toy: Defaulted, Equatable {
        @Setting("What learns.") var learner = Learner.steps()
        @Setting(0...99, "Rows apart.") var apart = 0
        @Setting(1...99, "Updates between two looks at them.") var interval = 10
        @Setting("How they are looked at.") var look = Source.drawn

        var idleSettings: [IdleSetting] {
            var idle: [IdleSetting] = []
            if apart == 0 {
                idle = ["interval", "look"].map { IdleSetting($0, because: "apart", unless: "1") }
            }
            if case .plan = learner {
                idle.append(IdleSetting("apart", because: "learner", unless: "\"steps\""))
            }
            return idle
        }
    }

    private func document(_ options: String, _ overrides: [String]) throws -> RunDocument {
        let text = #"{"algorithm": "toy", "environment": "e", "toy": {\#(options)}}"#
        return try RunDocument(
            ConfigurationFile(name: "x.json", bytes: Array(text.utf8)), overriding: overrides)
    }

    private func resolve(_ options: String, _ overrides: [String] = []) throws -> ResolvedRun<Toy> {
        try document(options, overrides).resolve(Toy.self, of: "toy")
    }

    private func fault(_ options: String, _ overrides: [String] = []) -> String {
        do {
            _ = try resolve(options, overrides)
            return "accepted"
        } catch { return "\(error)" }
    }

    /// What is refused, and what the message says to write instead.
    private static let refused:
        [(
            options: String, overrides: [String], message: String, remedies: [(String, [String])]
        )] = [
            (
                #""interval": 5"#, [],
                #"x.json:1:62: toy.interval = 5: without effect, because toy.apart is 0. Remove it, or write "apart": 1."#,
                [("", []), (#""interval": 5, "apart": 1"#, [])]
            ),
            (
                "", ["toy.interval=5"],
                "--set toy.interval=5: without effect, because toy.apart is 0. Remove it, or write --set toy.apart=1.",
                [("", ["toy.interval=5", "toy.apart=1"])]
            ),
            (
                #""look": {"kind": "counted", "shrinkage": 100}"#, [],
                #"x.json:1:67: toy.look = "counted": without effect, because toy.apart is 0. Remove it, or write "apart": 1."#,
                [(#""look": {"kind": "counted", "shrinkage": 100}, "apart": 1"#, [])]
            ),
            (
                #""learner": "plan""#, ["toy.apart=3"],
                #"--set toy.apart=3: without effect, because toy.learner is "plan". Remove it, or write --set toy.learner=steps."#,
                [(#""learner": "plan""#, ["toy.apart=3", "toy.learner=steps"])]
            ),
            // The file's is the earlier layer: what it says of both is of one time.
            (
                #""learner": "plan", "apart": 3, "interval": 5"#, [],
                #"x.json:1:78: toy.apart = 3: without effect, because toy.learner is "plan". Remove it, or write "learner": "steps"."#,
                [(#""learner": "plan""#, [])]
            ),
        ]

    @Test(arguments: refused.indices) func whatHasNoEffectIsRefusedAndTheRemediesWork(_ number: Int) {
        let row = Self.refused[number]
        #expect(fault(row.options, row.overrides) == row.message)
        for (options, overrides) in row.remedies { #expect(fault(options, overrides) == "accepted") }
    }

    /// So that a configuration that was printed in full can be read.
    @Test func defaultsArePassedOver() throws {
        #expect(fault(#""interval": 10, "look": "drawn""#) == "accepted")
        let run = try resolve(#""learner": "plan""#)
        let text = run.resolvedJSON().pretty
        let back = try RunDocument(ConfigurationFile(name: "y.json", bytes: Array(text.utf8)))
            .resolve(Toy.self, of: "toy")
        #expect(back.options == run.options)
    }

    @Test func whatTheCommandLineTookTheEffectFromIsForgotten() throws {
        let file = #""apart": 3, "interval": 5, "look": {"kind": "counted", "shrinkage": 7}"#
        let run = try resolve(file, ["toy.apart=0"])
        #expect(run.options == Toy())
        #expect(run.source(of: "toy.interval") == .byDefault)
        // One after the other: without `apart` there is nothing to look at.
        #expect(try resolve(file, ["toy.learner=plan"]).options == .with { $0.learner = .plan() })
        #expect(
            fault("", ["toy.apart=0", "toy.interval=5"]).hasPrefix("--set toy.interval=5: without effect"))
    }

    @Test func whatARunStoredIsLeftAsItWas() throws {
        let text = #"{"algorithm": "toy", "environment": "e", "toy": {"apart": 0, "interval": 5}}"#
        let run = try RunDocument(stored: text, as: "config.resolved.json").resolve(Toy.self, of: "toy")
        #expect(run.options.interval == 5)
    }

    @Test(
        arguments: [
            (#""learner": "plan", "shrinkage": 3"#, "toy.learner.shrinkage"),
            (#""learner": "steps", "shrinkage": 3"#, "toy.learner.source.shrinkage"),
            (#""shrinkage": 3"#, "toy.learner.source.shrinkage"),
        ])
    func aFormerKeyOfSeveralAlternativesIsThatOfTheChosenOne(_ options: String, _ key: String) throws {
        let run = try resolve(options)
        let path = key.split(separator: ".")
        let value = path.reduce(run.resolvedJSON() as JSONValue?) { $0?[String($1)] }
        #expect(value?.number?.double == 3)
        #expect(
            run.remarks.map { String($0.drop { $0 != " " }.dropFirst()) } == [
                "toy.shrinkage is now called \(key); the next version will not know the former name."
            ])
        #expect(run.source(of: key) != .byDefault)
        let set = try resolve(#""learner": "\#(path.count == 3 ? "plan" : "steps")""#, ["toy.shrinkage=3"])
        #expect(set.options == run.options && set.remarks.count == 1)
    }

    @Test func aFormerKeyThatNoChosenAlternativeHasIsRefused() {
        #expect(
            fault(#""source": "drawn", "shrinkage": 3"#)
                == #"x.json:1:82: toy.learner.shrinkage = 3: without effect, because toy.learner is "steps"; "plan" has it. "#
                + #"Remove it, or write "learner": "plan"."#)
        #expect(fault(#""source": "drawn", "shrinkage": 100"#) == "accepted")
    }
}
