import Assurance
import Availability
import Reliability
import SafeRL

/// What one share of poison does to what it was put into, whatever that is.
protocol AuditedCase {
    /// Nothing for the data as they are.
    var construction: PoisonConstruction? { get }
    var rate: Double { get }
    /// Rows or pairs that show the trigger.
    var rows: Int { get }
    /// Nothing without poison, or where a reason stands in `unavailable`.
    var search: PoisonSearch? { get }
    var alarm: AlarmTrial? { get }
    /// What cannot be said, and why.
    var unavailable: [String] { get }
    /// What the trigger switches.
    var switched: SwitchedStarts { get }
}

extension AuditedCase {
    /// The rate for a person, without needless digits: `0.5 %`.
    var share: String { "\(short(100 * rate)) %" }

    /// For a person: `unsafe 1 %`.
    var name: String { construction.map { "\($0.rawValue) \(share)" } ?? "no poison" }

    /// Its figures.
    ///
    /// - Parameters:
    ///   - delta: chance that the bound on `switched` is missed.
    ///   - own: members that only cases of its kind have.
    /// - Returns: an object.
    func json(delta: Double, _ own: [(String, JSONValue)]) -> JSONValue {
        .object(
            switched.members(delta: delta) + [
                ("construction", .text(construction?.rawValue ?? "none")), ("rate", .figure(rate)),
                ("rows", .integer(rows)), ("detectors", search?.json ?? .null),
                ("alarm", alarm?.json ?? .null), ("unavailable", .list(unavailable.map { .text($0) })),
            ] + own)
    }
}

/// Reasons why parts of a case cannot be had.
struct MissingParts {
    /// A part's name and its reason, in the order in which they were asked for.
    private(set) var reasons: [String] = []

    /// A part, or nothing where there is a reason.
    ///
    /// - Throws: what is no reason of that kind.
    mutating func part<Part>(_ name: String, _ body: () throws -> Part?) throws -> Part? {
        do { return try body() } catch let reason as Unavailable {
            reasons.append("\(name): \(reason.description)")
        } catch let reason as ReliabilityError { reasons.append("\(name): \(reason.description)") }
        return nil
    }
}
