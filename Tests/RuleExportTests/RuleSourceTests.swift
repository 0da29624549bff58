import Foundation
import RuleExport
import Rules
import Tensors
import Testing

/// A C compiler, where one is installed.
private enum Compiler {
    static let program = ["/usr/bin/clang", "/opt/swift/usr/bin/clang", "/usr/bin/cc", "/usr/bin/gcc"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    static func call(_ program: String, _ arguments: [String], input: String = "") throws -> (String, Int32) {
        let (process, reading, writing) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        (process.standardInput, process.standardOutput) = (reading, writing)
        try process.run()
        // On a thread of its own: both pipes may be full at a time.
        Thread.detachNewThread {
            try? reading.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try? reading.fileHandleForWriting.close()
        }
        let text = String(decoding: try writing.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (text, process.terminationStatus)
    }
}

/// Monitors in C against `RuleMonitor`, step by step.
@Suite(.enabled(if: Compiler.program != nil, "no C compiler is installed")) struct RuleSourceTests {
    /// Every operation that signals are enough for, with windows at and around the ends of words.
    private static let every = """
        rules 1
        signal a = observation[0]
        signal b = observation[1]
        signal c = action[0] in -1 ... 1
        signal d = next[0]
        model d = a + 0.1 * c within 0.3
        define high = a > 0.5
        define low = b < -0.5
        rule arithmetic: a + b * c - a / 3 <= 0.7 or -a > b
        watch quotient: b > 0.9 implies a / b < 0.4
        rule functions: min(a, b, c) <= max(a, -b) and norm(a, b, c) < 1.6 and abs(a) + sqrt(abs(b)) < 1.7
        watch root: a > 0.8 implies sqrt(a - 0.9) < 0.3
        watch comparisons: (a < b or a >= b) and not (a == b) and a != b
        watch by_previous: previous(high) implies not low
        rule by_started: started(high) implies c < 0.6
        rule by_once: once[0..3](high and low) implies c > -0.9
        rule once_behind: once[2..64](a > 0.9) or c > -0.8
        watch once_long: not once[63..65](a > 0.97 and b > 0.9)
        watch once_ever: not once[70..](a > 0.9 and b > 0.9)
        rule always_so: historically[1..2](a > -0.9) or c > -0.5
        rule by_since: (not high) since[0..5] low or c < 0.9
        rule since_behind: low since[2..] high implies c < 0.95
        rule since_ever: (a > -0.8) since high implies c < 0.99
        rule sequence: seq(high, low, high) implies c < 0.97
        watch by_count: count[0..9](high) <= 5
        watch count_behind: count[3..70](low) <= 25
        watch count_ever: count(a > 0.98) <= 3
        watch count_late: count[4..](b > 0.97) <= 3
        rule by_sum: sum[0..4](abs(c)) <= 4.2
        watch largest: maximum[1..3](a) < 0.97
        watch smallest: minimum[0..6](b) < 0.7
        watch by_age: age(high) <= 12
        rule by_before: abs(c - before(c, 0)) <= 1.6
        watch nested: count[0..5](previous(once[0..2](high)) and age(low) < 3) <= 4
        rule next_one: abs(d - a) <= 1.5
        watch by_response: a > 0.9 leads to b > 0 within 3
        rule at_once: a > 0.97 leads to c > -0.9 within 0
        watch far: b > 0.95 leads to a > 0.98 within 64
        watch eventually: a > 0.98 leads to b > 0.5 before end
        watch alarm: a <= 0.99
        """

    private static let main = """

        #include <stdio.h>
        int main(void)
        {
            static rules_state state;
            double signals[RULES_SIGNALS + 1];
            unsigned char truth[RULES + 1];
            int kind;
            rules_begin(&state);
            while (scanf("%d", &kind) == 1) {
                for (int i = 0; i < RULES_SIGNALS; ++i) if (scanf("%lf", signals + i) != 1) return 1;
                if (kind == 3) { rules_begin(&state); continue; }
                int found = rules_propose(&state, signals, kind == 2, truth);
                printf("%d ", found);
                for (int i = 0; found >= 0 && i < RULES; ++i) putchar(truth[i] ? '1' : '0');
                if (kind != 1) rules_commit(&state);
                for (int i = 0; i < RULES; ++i) printf(" %lld", (long long)state.first_broken[i]);
                puts("");
            }
            return 0;
        }
        """

    /// What happens to a step: it is taken, only proposed, the last of an episode, or none and an episode begins.
    private enum Kind: Int { case taken, proposed, last, begins }

    private static func steps(_ rules: RuleFile, _ count: Int, seed: UInt64) -> [(
        kind: Kind, signals: [Double]
    )] {
        var stream = RandomStream(seed: seed, for: .testing)
        return (0..<count).map { _ in
            let kind: Kind =
                switch stream.nextInteger(below: 200) {
                case 0: .begins
                case 1, 2: .last
                case 3..<30: .proposed
                default: .taken
                }
            let signals = rules.signals.map { _ in
                let value = Double(2 * stream.nextUniform() - 1)
                switch stream.nextInteger(below: 150) {
                case 0: return Double.nan
                case 1: return 0
                case 2: return value.rounded()
                default: return value
                }
            }
            return (kind, signals)
        }
    }

    private static func expected(_ rules: RuleFile, _ steps: [(kind: Kind, signals: [Double])]) -> [String] {
        var monitor = RuleMonitor(rules)
        return steps.compactMap { kind, signals in
            if kind == .begins {
                monitor.reset()
                return nil
            }
            var step = TraceStep(for: rules)
            (step.signals, step.isEnd) = (signals, kind == .last)
            var line = "-1 "
            if let judgement = try? monitor.propose(step) {
                line = "\(judgement.isAllowed ? 1 : 0) " + monitor.truth.map { $0 ? "1" : "0" }.joined()
                if kind != .proposed { monitor.commit() }
            }
            let broken = monitor.verdicts.map { verdict in
                if case .broken(let step) = verdict { " \(step)" } else { " -1" }
            }
            return line + broken.joined()
        }
    }

    private static func found(_ rules: RuleFile, _ steps: [(kind: Kind, signals: [Double])]) throws
        -> [String]
    {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "saferl-rules-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (source, binary) = (folder.appending(path: "monitor.c"), folder.appending(path: "monitor").path)
        try Data((try RuleSource(rules).text() + main).utf8).write(to: source)
        let compiled = try Compiler.call(
            try #require(Compiler.program),
            [
                "-std=c11", "-O2", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-Wstrict-prototypes",
                "-fsanitize=undefined", "-fno-sanitize-recover", source.path, "-lm", "-o", binary,
            ])
        try #require(compiled.1 == 0, "the monitor of \(rules.name) does not compile")
        let input = steps.map { step in
            "\(step.kind.rawValue) \(step.signals.map { "\($0)" }.joined(separator: " "))\n"
        }.joined()
        let (text, status) = try Compiler.call(binary, [], input: input)
        #expect(status == 0)
        return text.split(separator: "\n").map(String.init)
    }

    private static func check(_ rules: RuleFile, _ count: Int, seed: UInt64) throws -> [String] {
        let steps = steps(rules, count, seed: seed)
        let (found, expected) = (try found(rules, steps), expected(rules, steps))
        #expect(found.count == expected.count)
        if let place = zip(found, expected).enumerated().first(where: { $1.0 != $1.1 }) {
            Issue.record("\(rules.name), step \(place.offset): \(place.element.0), not \(place.element.1)")
        }
        return expected
    }

    @Test func everyOperationIsJudgedAsHere() throws {
        let rules = try RuleFile(Self.every, name: "every.rules")
        let answers = try Self.check(rules, 6000, seed: 1)
        // All three answers came, and every rule was true and false.
        let kinds = Dictionary(grouping: answers) { $0.split(separator: " ")[0] }
        #expect(kinds.keys.sorted() == ["-1", "0", "1"])
        let truths = answers.filter { !$0.hasPrefix("-1") }.map { Array($0.split(separator: " ")[1]) }
        for (number, rule) in rules.rules.enumerated() {
            #expect(Set(truths.map { $0[number] }) == ["0", "1"], "\(rule.name)")
        }
    }

    @Test func operationsAmongFewAreJudgedAsHere() throws {
        // Among few, a fault of one rule hides few others.
        let lines = Self.every.split(separator: "\n")
        let (head, rules) = (lines.prefix(8), Array(lines.dropFirst(8)))
        for first in stride(from: 0, to: rules.count, by: 4) {
            let some = rules[first..<min(first + 4, rules.count)]
            let rules = try RuleFile((head + some).joined(separator: "\n"), name: "\(first).rules")
            _ = try Self.check(rules, 700, seed: UInt64(first) + 10)
        }
    }

    @Test(arguments: ["point-mass.rules", "point-robot.rules", "icu-sepsis.rules", "hopper-velocity.rules"])
    func shippedRulesAreJudgedAsHere(_ name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "Configs/\(name)"), encoding: .utf8)
        #expect(try Self.check(try RuleFile(text, name: name), 2000, seed: 3).count > 1900)
    }

    @Test(arguments: [
        ("call hit(x: number)\nrule r: each hit(x: v): v < 3", "events or calls"),
        ("event hit(x: number)\nwatch r: each hit(x: v) leads to a > 0 within 3", "events or calls"),
        ("state lit(): flag\nwatch r: lit() implies a > 0", "a state of the world"),
    ])
    func whatSignalsDoNotSayIsRefused(_ rules: String, _ what: String) throws {
        let file = try RuleFile("rules 1\nsignal a = observation[0]\n" + rules, name: "x.rules")
        let fault = #expect(throws: UnexportableRules.self) { try RuleSource(file) }
        #expect(
            fault?.description
                == "x.rules: rule r reads \(what), and a monitor in C reads signals alone. Link saferlguard for it "
                + "(docs/guard.md), or leave the rule out.")
        #expect(fault?.kind == .configuration)
    }
}
