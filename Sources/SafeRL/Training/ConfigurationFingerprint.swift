import Foundation
import Storage

/// The values of a resolved configuration, key by key, for telling whether two runs are the same.
///
/// Every key counts, except those that may change in the middle of a run because no number of training depends on
/// them: `schedule.checkpoint`, `schedule.keep`, `parallel.timeout`, `data.allow` and all of `evaluation`. In particular `schedule.steps` counts (learning-rate schedules and
/// stages may depend on it: see `TrainingGrowth`) and so does `schedule.log` (it decides what a line of `metrics.jsonl` averages).
///
/// Keys that runs did not always have count only where they say other than what was done before they existed, so that
/// runs from before can be continued.
public struct ConfigurationFingerprint: Equatable, Sendable {
    /// Keys whose values may change when a run is continued.
    public static let changeable: Set<String> = [
        "schedule.checkpoint", "schedule.keep", "evaluation", "parallel.timeout", "data.allow",
    ]

    /// What the keys that came later say where they ask for what was done without them, as JSON texts.
    static let addedLater = [
        "data.actions": "\"auto\"", "data.allow": "\"\"", "data.collect.behaviour": "\"\"",
        "data.collect.episodes": "0", "cdt.costToGo": "\"recorded\"",
        "fisor.heldOutShare": "0", "fisor.policy": "\"diffusion\"",
        "fisor.recordedFirst": "0", "fisor.settling": "0",
        "fisor.settlingInterval": "1000", "fisor.underViolation": "\"worst\"",
        "guard.monitor": "\"\"", "guard.returnDeviation": "1", "guard.reward": "\"task\"",
        "hcrlhf.split.matching": "\"exact\"", "hcrlhf.test.leastAccuracy": "0.5",
        "hcrlhf.synthetic.pairs": "3000", "hcrlhf.synthetic.demonstrations": "0",
        "hcrlhf.synthetic.corrupted": "0", "hcrlhf.test.largestDivergence": "0",
        "ogsrl.proposals": "\"any\"", "ogsrl.warmStart": "\"none\"", "ogsrl.cloningUpdates": "2000",
        "ogsrl.advantages": "\"sampled\"", "ogsrl.leastRecords": "10",
        "ogsrl.starts": "\"first\"", "ogsrl.budgetsPer": "\"rollout\"",
        "ogsrl.resolution": "\"data\"", "ogsrl.signals": "\"members\"", "ogsrl.clipsActions": "false",
        "ogsrl.outsideCosts": "\"none\"",
        "ogsrl.testShare": "0", "ogsrl.history": "0", "parallel.shards": "0",
        "precision": "\"float32\"",
    ]

    /// Defaults that were others once, as JSON texts: a run that has such a value need not have asked for it.
    static let earlierDefaults = ["data.collect.transitions": "100000"]

    /// What a run from before some keys or defaults existed would have said of them, as `key=value`.
    ///
    /// - Parameter json: its resolved configuration.
    /// - Returns: keys that are missing in a group that is there, and earlier defaults; none where `json` is not JSON.
    package static func unsaid(in json: String) -> [String] {
        var values: [String: String] = [:]
        try? JSONDecoder().decode(Node.self, from: Foundation.Data(json.utf8)).collect("", into: &values)
        let added = addedLater.filter { key, _ in
            let group = key.prefix { $0 != "." } + "."
            return values[key] == nil && values.keys.contains { $0.hasPrefix(group) }
        }
        return (added + earlierDefaults.filter { values[$0.key] == $0.value })
            .map { "\($0.key)=\($0.value)" }.sorted()
    }

    /// Values as JSON texts by dotted key, without the changeable ones.
    package private(set) var values: [String: String]
    /// The keys that do not count, each with everything below it.
    let ignored: Set<String>

    /// Reads the text of a resolved configuration.
    ///
    /// - Parameters:
    ///   - json: a JSON object that saferl itself wrote.
    ///   - changeable: dotted keys that do not count, each with everything below it.
    /// - Throws: `DecodingError` when `json` is not JSON.
    public init(resolved json: String, changeable: Set<String> = Self.changeable) throws {
        let root = try JSONDecoder().decode(Node.self, from: Foundation.Data(json.utf8))
        ignored = changeable
        var values: [String: String] = [:]
        root.collect("", into: &values)
        self.values = values.filter { key, value in
            !changeable.contains { key == $0 || key.hasPrefix($0 + ".") } && Self.addedLater[key] != value
        }
    }

    /// SHA-256 of keys and values, in hexadecimal; the order of keys and the layout of the text do not matter.
    public var hash: String {
        let text = values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
        return SHA256.hexadecimal(of: text.utf8)
    }

    /// The same with other values of some keys, where it has them.
    func replacing(_ others: [String: String]) -> ConfigurationFingerprint {
        var result = self
        for (key, value) in others where values[key] != nil { result.values[key] = value }
        return result
    }

    /// The keys whose values differ, sorted.
    func differingKeys(from earlier: ConfigurationFingerprint) -> [String] {
        Set(values.keys).union(earlier.values.keys).filter { values[$0] != earlier.values[$0] }.sorted()
    }

    /// What differs, one phrase for each key: `schedule.steps is 20000, was 12000`.
    public func differences(from earlier: ConfigurationFingerprint) -> [String] {
        differingKeys(from: earlier).map { key in
            switch (values[key], earlier.values[key]) {
            case (let now?, let then?): "\(key) is \(now), was \(then)"
            case (let now?, nil): "\(key) is \(now), was not there"
            case (nil, let then): "\(key) is missing, was \(then ?? "nothing")"
            }
        }
    }
}

/// Any JSON value; whole numbers keep all their digits.
private enum Node: Decodable {
    case leaf(String)
    case list([Node])
    case object([String: Node])

    init(from decoder: any Decoder) throws {
        if let members = try? [String: Node](from: decoder) {
            self = .object(members)
            return
        }
        if let elements = try? [Node](from: decoder) {
            self = .list(elements)
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .leaf("null")
        } else if let value = try? container.decode(Bool.self) {
            self = .leaf("\(value)")
        } else if let value = try? container.decode(Int64.self) {
            self = .leaf("\(value)")
        } else if let value = try? container.decode(UInt64.self) {
            self = .leaf("\(value)")
        } else if let value = try? container.decode(Double.self) {
            self = .leaf("\(value)")
        } else {
            self = .leaf(quoted(try container.decode(String.self)))
        }
    }

    var text: String {
        switch self {
        case .leaf(let text): text
        case .list(let elements): "[\(elements.map(\.text).joined(separator: ", "))]"
        case .object(let members):
            "{\(members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }.joined(separator: ", "))}"
        }
    }

    func collect(_ key: String, into values: inout [String: String]) {
        if case .object(let members) = self, !members.isEmpty || key.isEmpty {
            for (name, member) in members {
                member.collect(key.isEmpty ? name : "\(key).\(name)", into: &values)
            }
        } else {
            values[key] = text
        }
    }
}
