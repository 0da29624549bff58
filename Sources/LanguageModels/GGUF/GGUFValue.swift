/// What a key of a GGUF file has.
public enum GGUFValue: Equatable, Sendable {
    /// Whole numbers of any width.
    case integer(Int)
    /// Whole numbers from 2⁶³ on, which only u64 has.
    case large(UInt64)
    /// Numbers of 32 or 64 bits.
    case number(Double)
    /// True or false.
    case flag(Bool)
    /// UTF-8.
    case text(String)
    /// Whole numbers of one width.
    case integers([Int])
    /// Numbers of one width.
    case numbers([Double])
    /// True or false, many of them.
    case flags([Bool])
    /// Texts.
    case texts([String])

    /// What it is, for messages.
    public var kind: String {
        switch self {
        case .integer, .large: "a whole number"
        case .number: "a number"
        case .flag: "true or false"
        case .text: "text"
        case .integers: "a list of whole numbers"
        case .numbers: "a list of numbers"
        case .flags: "a list of true and false"
        case .texts: "a list of texts"
        }
    }
}

/// The number of a value's type in the format.
enum GGUFType: UInt32 {
    case u8 = 0
    case i8, u16, i16, u32, i32, f32, flag, text, list, u64, i64, f64

    /// Fewest bytes that one value takes.
    var leastBytes: Int {
        switch self {
        case .u8, .i8, .flag: 1
        case .u16, .i16: 2
        case .u32, .i32, .f32: 4
        case .text, .u64, .i64, .f64: 8
        case .list: 12
        }
    }
}
