import Foundation
import Replay
import Tensors

/// A small sound data set: 3 episodes of 4, 3 and 5 steps, the second terminated, the others truncated.
func sampleColumns(constraint: Bool = false, tail: Int = 0, seed: UInt64 = 1) -> TransitionColumns {
    var random = RandomStream(seed: seed, for: .testing)
    var columns = TransitionColumns(observationSize: 3, actionSize: 2, hasConstraintValues: constraint)
    for (episode, length) in ([4, 3, 5] + (tail > 0 ? [tail] : [])).enumerated() {
        var state = (0..<3).map { _ in random.nextUniform() }
        for step in 0..<length {
            let next = (0..<3).map { _ in random.nextUniform() }
            let isLast = step + 1 == length && episode < 3
            columns.append(
                observation: state, action: (0..<2).map { _ in random.nextUniform(in: -1..<1) },
                nextObservation: next, reward: random.nextUniform(), cost: step == 2 ? 1 : 0,
                constraintValue: constraint ? random.nextUniform() - 0.5 : nil,
                terminated: isLast && episode == 1, truncated: isLast && episode != 1)
            state = next
        }
    }
    return columns
}

/// The sample with two cost channels, named out of order: `late` costs 0.5 in each step from the third on, `early` 1 in
/// each first step and 0.25 in the third.
func channelColumns(names: [String] = ["late", "early"]) -> TransitionColumns {
    let sample = sampleColumns()
    var columns = TransitionColumns(observationSize: 3, actionSize: 2, costNames: names)
    var step = 0
    for row in 0..<sample.count {
        columns.append(
            observation: sample.observations[3 * row..<3 * row + 3],
            action: sample.actions[2 * row..<2 * row + 2],
            nextObservation: sample.nextObservations[3 * row..<3 * row + 3], reward: sample.rewards[row],
            costs: [step >= 2 ? 0.5 : 0, step == 0 ? 1 : step == 2 ? 0.25 : 0],
            terminated: sample.terminals[row] != 0, truncated: sample.timeouts[row] != 0)
        step = sample.terminals[row] != 0 || sample.timeouts[row] != 0 ? 0 : step + 1
    }
    return columns
}

/// A folder of its own for one test, removed with it.
final class Scratch {
    let folder: String
    init() throws {
        folder = NSTemporaryDirectory() + "/replay-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: folder) }
    func path(_ name: String) -> String { folder + "/" + name }
    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] }
}

/// One column of a hand-made file.
struct RawColumn {
    var shape: [Int]
    var element: HDF5File.Element
    var bytes: [UInt8]?

    init(_ shape: [Int], floats: [Float]) {
        self.init(shape, .float32, floats.withUnsafeBytes { Array($0) })
    }
    init(_ shape: [Int], doubles: [Double]) {
        self.init(shape, .float64, doubles.withUnsafeBytes { Array($0) })
    }
    init(_ shape: [Int], _ element: HDF5File.Element, _ bytes: [UInt8]?) {
        self.shape = shape
        self.element = element
        self.bytes = bytes
    }
}

/// A file whose columns a test changes before writing.
struct RawFile {
    var columns: [String: RawColumn] = [:]
    var compression: Int32 = 4
    var blockRows: Int?

    init(_ data: TransitionColumns) {
        let n = data.count
        columns["observations"] = RawColumn([n, data.observationSize], floats: data.observations)
        columns["next_observations"] = RawColumn([n, data.observationSize], floats: data.nextObservations)
        columns["actions"] = RawColumn([n, data.actionSize], floats: data.actions)
        columns["rewards"] = RawColumn([n], floats: data.rewards)
        columns["costs"] = RawColumn([n], floats: data.costs)
        columns["terminals"] = RawColumn([n], .boolean, data.terminals)
        columns["timeouts"] = RawColumn([n], .boolean, data.timeouts)
        for (name, costs) in zip(data.costNames, data.channelCosts) {
            columns["cost_\(name)"] = RawColumn([n], floats: costs)
        }
        if data.hasConstraintValues {
            columns["constraint_values"] = RawColumn([n], floats: data.constraintValues)
        }
    }

    func write(to path: String) throws {
        let file = try HDF5File(creating: path)
        for (name, column) in columns.sorted(by: { $0.key < $1.key }) {
            if let bytes = column.bytes {
                try bytes.withUnsafeBytes {
                    try file.put(
                        name, shape: column.shape, as: column.element, $0, blockRows: blockRows,
                        compression: compression)
                }
            } else {
                try file.put(name, shape: column.shape, as: column.element, nil, blockRows: blockRows)
            }
        }
        try file.commit()
    }
}

/// Whether two data sets hold equal columns, bit for bit.
func haveEqualColumns(_ a: TransitionDataset, _ b: TransitionDataset) -> Bool {
    a.observations.elementsEqual(b.observations) && a.nextObservations.elementsEqual(b.nextObservations)
        && a.actions.elementsEqual(b.actions) && a.rewards.elementsEqual(b.rewards)
        && a.costs.elementsEqual(b.costs) && a.terminals.elementsEqual(b.terminals)
        && a.timeouts.elementsEqual(b.timeouts)
        && (a.constraintValues.map(Array.init) == b.constraintValues.map(Array.init))
        && a.hasNamedCosts == b.hasNamedCosts && a.costChannels.map(\.name) == b.costChannels.map(\.name)
        && zip(a.costChannels, b.costChannels).allSatisfy { $0.costs.elementsEqual($1.costs) }
}

/// The folder of real data sets: `dsrl` in the data folder of SAFERL_SHARED, or of `shared` beside the package.
let realDataFolder: String? = {
    let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let shared =
        ProcessInfo.processInfo.environment["SAFERL_SHARED"]
        ?? package.deletingLastPathComponent().appending(path: "shared").path
    let folder = shared + "/data/dsrl"
    if FileManager.default.fileExists(atPath: folder) { return folder }
    print("skipping tests on real data: \(folder) does not exist; set SAFERL_SHARED")
    return nil
}()
