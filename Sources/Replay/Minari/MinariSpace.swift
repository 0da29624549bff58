import Foundation
import Storage

/// A space of actions as Minari writes it in `metadata.json`: text that is JSON again.
enum MinariSpace {
    /// Real numbers with bounds for each.
    case box(low: [Double], high: [Double])
    /// One of so many choices, numbered from `start`.
    case discrete(count: Int, start: Int)

    /// Stands for infinity, which JSON has no number for.
    private static let unbounded = 1e300

    /// Reads a space; nil where the metadata have none.
    ///
    /// - Throws: `DatasetError.badMetadata` for one that data of one vector a step cannot have.
    init?(_ metadata: JSONValue, _ key: String, _ path: String) throws(DatasetError) {
        guard let space = try Self.space(metadata, key, path) else { return nil }
        let type = space["type"]?.string ?? "nothing"
        switch type {
        case "Box":
            let (low, high) = (Self.numbers(space["low"]), Self.numbers(space["high"]))
            guard low.count == high.count, !low.isEmpty else {
                throw .badMetadata(path, reason: "\(key): a box without bounds. Get a fresh copy.")
            }
            self = .box(low: low, high: high)
        case "Discrete":
            guard let count = space["n"]?.number?.int, 1...TransitionColumns.maximumChoices ~= count else {
                throw .badMetadata(
                    path, reason: "\(key): \"n\" is no number of choices from 1 to 65536. Get a fresh copy.")
            }
            self = .discrete(count: count, start: space["start"]?.number?.int ?? 0)
        default:
            throw .badMetadata(
                path,
                reason: "\(key) is \(oneLine(type)); \"Box\" and \"Discrete\" are read. Flatten it in Python."
            )
        }
    }

    /// Refuses observations of several parts, which are groups and no columns.
    static func refuseNested(_ metadata: JSONValue, _ path: String) throws(DatasetError) {
        let key = "observation_space"
        guard let space = try space(metadata, key, path), let type = space["type"]?.string,
            ["Dict", "Tuple", "Text"].contains(type)
        else { return }
        throw .badMetadata(
            path, reason: "\(key) is \(type); one vector a step is needed. Flatten it in Python.")
    }

    private static func space(
        _ metadata: JSONValue, _ key: String, _ path: String
    ) throws(DatasetError) -> JSONValue? {
        guard let text = metadata[key]?.string else { return nil }
        // Python writes bounds that there are not as a word that JSON does not have.
        let plain = text.replacingOccurrences(of: "Infinity", with: "\(unbounded)")
        do throws(JSONError) { return try JSONValue(parsing: Array(plain.utf8)) } catch {
            throw .badMetadata(path, reason: "\(key): \(error.message)")
        }
    }

    /// The numbers of a list, those of lists in it one after the other.
    private static func numbers(_ value: JSONValue?) -> [Double] {
        if let number = value?.number?.double { return [number] }
        return (value?.elements ?? []).flatMap { numbers($0) }
    }

    /// Brings the actions of an image to −1 … 1, or to choices from 0 on.
    ///
    /// - Returns: what was done.
    func apply(to image: ColumnImage, _ path: String) throws(DatasetError) -> [String] {
        let size = Int(image.layout.action_size)
        switch self {
        case .discrete(let count, let start):
            guard size == 1 else {
                throw .badMetadata(
                    path,
                    reason: "action_space is Discrete, and an action has \(size) values. Get a fresh copy.")
            }
            image.takeActions(asChoices: count)
            guard start != 0 else { return [] }
            try image.makeWritable(place: path)
            for index in image.actions.indices {
                image.actions[index] -= Float(start)
                image.rest(after: 4)
            }
            return ["choices counted from 0 instead of \(start)"]
        case .box(let low, let high):
            guard low.count == size else {
                throw .badMetadata(
                    path,
                    reason:
                        "action_space has \(low.count) values, and an action has \(size). Get a fresh copy.")
            }
            let isScaled = zip(low, high).contains { $0 != -1 || $1 != 1 }
            let isBounded = zip(low, high).allSatisfy {
                abs($0) < Self.unbounded && abs($1) < Self.unbounded && $0 < $1
            }
            guard isScaled, isBounded else { return [] }
            try image.makeWritable(place: path)
            for index in image.actions.indices {
                let (least, most) = (low[index % size], high[index % size])
                image.actions[index] = Float(
                    2 * (Double(image.actions[index]) - least) / (most - least) - 1)
                image.rest(after: 4)
            }
            return ["actions scaled from the bounds of their space to −1 … 1"]
        }
    }
}

extension ColumnImage {
    fileprivate var actions: UnsafeMutableBufferPointer<Float> {
        floats(at: layout.actions, columns: Int(layout.action_size))
    }
}
