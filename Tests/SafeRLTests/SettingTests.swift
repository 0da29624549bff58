import SafeRL
import Testing

/// Keys that are read off the values that declare them.
@Suite struct SettingTests {
    private enum Colour: String, Codable, CaseIterable { case red, green, deepBlue = "deep-blue" }

    private struct Inner: Defaulted, Equatable {
        @Setting(1...9, "Rows.") var rows = 3

        init() {}
        init(rows: Int) { self.rows = rows }
    }

    private struct Every: Defaulted, Equatable {
        @Setting(0...1, "Closed.") var closed: Float = 0.5
        @Setting(0..<1, "Half open.") var halfOpen = 0.5
        @Setting(.open(0, 1), "Open.") var open = 0.5
        @Setting(.above(0, upTo: 2), "Above.") var above: Float = 0.5
        @Setting(.above(0), "Unbounded.") var unbounded = 0.5
        @Setting(-1...8, "Count.") var count = 2
        @Setting("Seed.") var seed: UInt64 = 7
        @Setting("Flag.") var flag = true
        @Setting("Text.") var text = ""
        @Setting("Widths.") var widths = [4, 4]
        @Setting(0...5, "Named.") var named: [String: Double] = [:]
        @Setting("Colour.") var colour = Colour.green
        @Setting(oneOf: [.red, .green], "Warm.") var warm = Colour.red
        @Setting("Group.") var group = Inner(rows: 5)
        @Setting(in: .integerOr("all", minimum: 1, maximum: 9), "Keep.") var keep: CheckpointRetention = 2
    }

    @Test func aTypeGivesTheDomainAndThePropertyTheKey() {
        #expect(
            Every.options == [
                Option("closed", .number(minimum: 0, maximum: 1), "Closed."),
                Option("halfOpen", .number(minimum: 0, maximum: 1, excludingMaximum: true), "Half open."),
                Option(
                    "open",
                    .number(minimum: 0, maximum: 1, excludingMinimum: true, excludingMaximum: true), "Open."),
                Option("above", .number(minimum: 0, maximum: 2, excludingMinimum: true), "Above."),
                Option(
                    "unbounded", .number(minimum: 0, maximum: .infinity, excludingMinimum: true),
                    "Unbounded."),
                Option("count", .integer(minimum: -1, maximum: 8), "Count."),
                Option("seed", .seed, "Seed."), Option("flag", .boolean, "Flag."),
                Option("text", .text, "Text."), Option("widths", .sizes, "Widths."),
                Option("named", .named(minimum: 0, maximum: 5), "Named."),
                Option("colour", .choice(["red", "green", "deep-blue"]), "Colour."),
                Option("warm", .choice(["red", "green"]), "Warm."),
                Option(
                    "group", .group([Option("rows", .integer(minimum: 1, maximum: 9), "Rows.")]), "Group."),
                Option("keep", .integerOr("all", minimum: 1, maximum: 9), "Keep."),
            ])
    }

    @Test func aSettingIsEncodedAsItsValueAndDecodesToAnEqualOne() throws {
        let standard = try JSONValue(encoding: Every())
        #expect(standard["group"]?.compact == #"{"rows": 5}"#)
        #expect(standard["colour"]?.compact == #""green""#)
        #expect(try standard.decode(Every.self) == Every())
        var other = Every()
        (other.closed, other.group.rows, other.warm) = (0.25, 9, .green)
        #expect(other != Every())
        #expect(try JSONValue(encoding: other).decode(Every.self) == other)
        #expect(try Every.inconsistencies() == [])
    }

    private struct Careless: Defaulted {
        @Setting(1...9, "Too small.") var small = 0
        var undeclared = 1
    }

    @Test func aDefaultOutsideItsDomainAndAPropertyThatIsNotDeclaredAreFound() throws {
        #expect(
            try Careless.inconsistencies() == [
                "undeclared is encoded but not described",
                "small: the default 0 is not a whole number from 1 to 9",
            ])
    }
}
