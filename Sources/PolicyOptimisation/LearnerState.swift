import Networks
import Storage
import Tensors

/// Everything that a learner's next update depends on, by name: for a checkpoint, bit for bit.
public struct LearnerState: Codable, Equatable, Sendable {
    /// Flat vectors: parameters, moments, multipliers.
    public var vectors: [String: [Double]] = [:]
    /// Counters.
    public var counts: [String: Int] = [:]
    /// Random streams.
    public var streams: [String: RandomStream] = [:]

    /// An empty state.
    public init() {}

    func vector(_ name: String, count: Int) throws(LearnerStateError) -> [Double] {
        guard let vector = vectors[name] else { throw .missing(name) }
        guard vector.count == count else { throw .otherSize(name, stored: vector.count, wanted: count) }
        guard vector.allSatisfy(\.isFinite) else { throw .notFinite(name) }
        return vector
    }

    func count(_ name: String) throws(LearnerStateError) -> Int {
        guard let count = counts[name] else { throw .missing(name) }
        // What `Double` holds exactly; more would be carried beyond `Int` by the next updates.
        guard 0...(1 << 53) ~= count else { throw .notACount(name, stored: count) }
        return count
    }

    func stream(_ name: String) throws(LearnerStateError) -> RandomStream {
        guard let stream = streams[name] else { throw .missing(name) }
        return stream
    }
}

extension LearnerState {
    /// Adds everything that a learner's next step depends on, under names that begin with its own.
    mutating func store<Body>(_ learner: LearnerOf<Body, Double>) {
        vectors["\(learner.name).parameters"] = Array(learner.numbers(.weights))
        vectors["\(learner.name).firstMoment"] = Array(learner.numbers(.firstMoment))
        vectors["\(learner.name).secondMoment"] = Array(learner.numbers(.secondMoment))
        counts["\(learner.name).steps"] = learner.updates
    }

    /// What `store` added, for the learner to go back to.
    func memory<Body>(
        of learner: LearnerOf<Body, Double>
    ) throws(LearnerStateError) -> LearnerOf<Body, Double>.Memory {
        let (name, count) = (learner.name, learner.layout.count)
        let weights = try vector("\(name).parameters", count: count)
        let first = try vector("\(name).firstMoment", count: count)
        let second = try vector("\(name).secondMoment", count: count)
        guard second.allSatisfy({ $0 >= 0 }) else {
            throw .outOfRange("\(name).secondMoment", expected: "a row of squares")
        }
        return .init(
            weights: weights, average: [], firstMoment: first, secondMoment: second,
            updates: try self.count("\(name).steps"))
    }
}

/// A stored state that does not fit the learner; the learner is unchanged then.
public enum LearnerStateError: Fault, Equatable {
    /// Nothing of that name is stored.
    case missing(String)
    /// A vector of another length.
    case otherSize(String, stored: Int, wanted: Int)
    /// A vector holds NaN or an infinite number.
    case notFinite(String)
    /// A counter below 0 or beyond 2⁵³.
    case notACount(String, stored: Int)
    /// Numbers of which one lies outside its range.
    case outOfRange(String, expected: String)

    /// What does not fit, as half a sentence.
    public var reason: String {
        switch self {
        case .missing(let name): "no \"\(name)\""
        case .otherSize(let name, let stored, let wanted): "\"\(name)\" has \(stored) numbers, not \(wanted)"
        case .notFinite(let name): "\"\(name)\" holds a number that is not finite"
        case .notACount(let name, let stored): "\"\(name)\" is \(stored), which counts nothing"
        case .outOfRange(let name, let expected): "\"\(name)\" is not \(expected)"
        }
    }

    /// What kind of fault it is.
    public var kind: FaultKind { .badData }

    /// One sentence.
    public var description: String {
        switch self {
        case .missing: "stored state: \(reason). Use the algorithm and configuration that stored it."
        case .otherSize: "stored state: \(reason). Use the configuration that stored it."
        case .notFinite, .notACount, .outOfRange: "stored state: \(reason). Use an older checkpoint."
        }
    }
}
