import SafeRL
import Tensors

/// How an environment breaks its promises; the defaults break none.
protocol Breakage {
    static var name: String { get }
    static var observations: Space { get }
    static var actions: Space { get }
    static var timeLimit: Int { get }
    static var reward: Float { get }
    static var cost: Float { get }
    static var costNames: [String] { get }
    static var largestCosts: [Float]? { get }
    static var isSeedUsed: Bool { get }
    static var isSeeded: Bool { get }
    static var isShared: Bool { get }
    static var isClipped: Bool { get }
    static var observation: Float? { get }
    static var writes: Bool { get }
    static var throwing: Bool { get }
}

extension Breakage {
    static var name: String { "broken" }
    static var observations: Space { .box(1, in: -10...10) }
    static var actions: Space { .box(1, in: -1...1) }
    static var timeLimit: Int { 5 }
    static var reward: Float { 0 }
    static var cost: Float { 0 }
    static var costNames: [String] { ["cost"] }
    static var largestCosts: [Float]? { [1] }
    static var isSeedUsed: Bool { true }
    static var isSeeded: Bool { true }
    static var isShared: Bool { false }
    static var isClipped: Bool { true }
    static var observation: Float? { nil }
    static var writes: Bool { true }
    static var throwing: Bool { false }
}

enum Sound: Breakage {}
enum BadName: Breakage { static let name = "Bad Name" }
enum EmptySpace: Breakage { static let observations = Space.box(low: [], high: []) }
enum Unbounded: Breakage { static let actions = Space.box(1, in: -.infinity ... .infinity) }
enum NoTime: Breakage { static let timeLimit = 0 }
enum Unseeded: Breakage { static let isSeeded = false }
enum SeedIgnored: Breakage { static let isSeedUsed = false }
enum Shared: Breakage { static let isShared = true }
enum Unclipped: Breakage { static let isClipped = false }
enum SilentObservation: Breakage { static let writes = false }
enum OutOfBounds: Breakage { static let observation: Float? = 99 }
enum BadReward: Breakage { static let reward = Float.infinity }
enum NegativeCost: Breakage { static let cost: Float = -1 }
enum BadChannel: Breakage { static let costNames = ["Cost"] }
enum TwiceNamed: Breakage { static let costNames = ["a", "a"] }
enum NoChannel: Breakage { static let costNames: [String] = [] }
enum MissingCost: Breakage {
    static let costNames = ["a", "b"]
    static let largestCosts: [Float]? = nil
}
enum ExcessiveCost: Breakage { static let cost: Float = 2 }
enum TwoLargest: Breakage { static let largestCosts: [Float]? = [1, 1] }
enum NoLargest: Breakage { static let largestCosts: [Float]? = [0] }
enum Throwing: Breakage { static let throwing = true }

struct OutOfOrder: Error, CustomStringConvertible { let description = "out of order" }

private final class Box { var place: Float = 0 }

/// A walk on a line, with one fault.
struct Broken<Fault: Breakage>: Environment {
    static var name: String { Fault.name }
    var observationSpace: Space { Fault.observations }
    var actionSpace: Space { Fault.actions }
    var timeLimit: Int { Fault.timeLimit }
    var costNames: [String] { Fault.costNames }
    var largestCosts: [Float]? { Fault.largestCosts }
    private var box = Box()

    init() {}

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        var stream = RandomStream(seed: Fault.isSeedUsed ? seed : 0, for: .reset)
        box = Box()
        box.place = Fault.isSeeded ? stream.nextUniform() : Float.random(in: 0..<1)
        observation[0] = box.place
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome {
        if Fault.throwing { throw OutOfOrder() }
        if !Fault.isShared {
            let place = box.place
            box = Box()
            box.place = place
        }
        box.place += 0.1 * (Fault.isClipped ? min(max(action[0], -1), 1) : action[0])
        if Fault.writes { observation[0] = Fault.observation ?? box.place }
        return StepOutcome(reward: Fault.reward, cost: Fault.cost)
    }
}
