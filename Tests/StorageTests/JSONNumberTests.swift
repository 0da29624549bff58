import Storage
import Testing

/// Whole numbers are recognised by their value, exactly, and not by how they are written.
@Suite struct JSONNumberTests {
    private func number(_ text: String) throws -> JSONNumber {
        try #require(try JSONValue(parsing: Array(text.utf8)).number)
    }

    @Test(arguments: [
        ("1e6", 1_000_000), ("1E+6", 1_000_000), ("2.5e3", 2500), ("1.0", 1), ("100e-2", 1), ("0.10e1", 1),
        ("0e99", 0),
        ("-0.0", 0), ("-3e2", -300), ("9223372036854775807", .max), ("9.223372036854775807e18", .max),
        ("-9223372036854775808", .min), ("-0", 0), ("12300e-2", 123),
    ]) func aWholeNumberIsWhole(text: String, value: Int) throws {
        #expect(try number(text).int == value)
    }

    @Test(arguments: [
        "1.5", "1.5e0", "1e-1", "0.1", "12e-1", "1e30", "9.223372036854775808e18", "1e-400",
        "1e-99999999999999999999",
        "1.00000000000000000001",
    ]) func aFractionOrWhatDoesNotFitIsNone(text: String) throws {
        #expect(try number(text).int == nil)
    }

    @Test func seedsMayHaveAll64Bits() throws {
        #expect(try number("18446744073709551615").uint64 == .max)
        #expect(try number("9223372036854775808").uint64 == 1 << 63)
        #expect(try number("1.8446744073709551615e19").uint64 == .max)
        #expect(try number("1.8446744073709551616e19").uint64 == nil)
        #expect(try number("-1").uint64 == nil)
    }
}
