/// Kleene's three truth values.
package enum Truth: String, Sendable {
    case yes = "true"
    case no = "false"
    case unknown

    /// That of a condition.
    package init(_ condition: Bool) { self = condition ? .yes : .no }

    /// The opposite; what is unknown stays so.
    package static prefix func ! (a: Truth) -> Truth {
        switch a {
        case .yes: .no
        case .no: .yes
        case .unknown: .unknown
        }
    }

    /// False where one is false, whatever the other.
    package static func && (a: Truth, b: Truth) -> Truth {
        if a == .no || b == .no { return .no }
        return a == .yes && b == .yes ? .yes : .unknown
    }

    /// True where one is true, whatever the other.
    package static func || (a: Truth, b: Truth) -> Truth { !(!a && !b) }
}
