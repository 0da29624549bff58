import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

/// A CDT of one of the golden set's configurations and weights; every size is read from the set's own files.
struct GoldenCDT: CustomTestStringConvertible, Sendable {
    /// One configuration of `scalars.json`.
    struct Settings: Decodable, Sendable {
        let name: String
        let seq_len: Int, embedding: Int, layers: Int, heads: Int
        /// Of attention, of what a block adds, of tokens.
        let dropout: [Float]
        let stochastic: Bool, use_rew: Bool, use_cost: Bool, cost_transform: Bool, cost_prefix: Bool
        let head_layers: Int
        let init_temperature: Double
        let cost_weight: Float, state_weight: Float
        let no_entropy: Bool
        let lr: Float, weight_decay: Float
        let clip: Float?
        let warmup: Int, episode_len: Int, batch: Int
    }

    struct Common: Decodable, Sendable {
        let obs: Int, act: Int, steps: Int
        let cdt: [Settings]
    }

    struct Step: Decodable {
        let nll: Double?, ent: Double?, ent_reg: Double?
        let all_loss: Double, act_loss: Double, cost_loss: Double, cost_acc: Double, state_loss: Double
        let train_lr: Double
        let log_temperature: Double?
    }

    struct Rollout: Decodable {
        let target_return: Float, target_cost: Float
        let episode_return: Double, episode_cost: Double
        let length: Int
    }

    struct Scalars: Decodable {
        let steps: [Step]
        let rollout: Rollout
    }

    let settings: Settings
    let common: Common
    var testDescription: String { settings.name }

    static func all() throws -> [GoldenCDT] {
        struct File: Decodable { let config: Common }
        let common = try Golden.decode(File.self, "baselines", "scalars.json").config
        return common.cdt.map { GoldenCDT(settings: $0, common: common) }
    }

    var arrays: GoldenFile {
        get throws { try Golden.file("baselines", settings.name + ".safetensors") }
    }

    var scalars: Scalars {
        get throws {
            try #require(
                try Golden.decode([String: Maybe].self, "baselines", "scalars.json")[settings.name]?.value)
        }
    }

    /// Other learners' entries have other shapes.
    private struct Maybe: Decodable {
        let value: Scalars?
        init(from decoder: any Decoder) throws { value = try? Scalars(from: decoder) }
    }

    var configuration: CDT.Configuration {
        let s = settings
        var c = CDT.Configuration()
        (c.task, c.relabelling, c.sampling) = ("none", .none, .uniform)
        (c.windows, c.contextLength, c.episodeLength) = (s.batch, s.seq_len, s.episode_len)
        (c.width, c.blocks, c.heads) = (s.embedding, s.layers, s.heads)
        (c.attentionDropout, c.residualDropout, c.embeddingDropout) = (
            s.dropout[0], s.dropout[1], s.dropout[2]
        )
        (c.actions, c.headLayers) = (s.stochastic ? .gaussian : .deterministic, s.head_layers)
        (c.usesReturn, c.usesCost, c.costPrefix) = (s.use_rew, s.use_cost, s.cost_prefix)
        c.costInput = s.cost_transform ? .published : .corrected
        (c.temperature, c.usesEntropy) = (s.init_temperature, !s.no_entropy)
        (c.costWeight, c.stateWeight) = (s.cost_weight, s.state_weight)
        (c.learningRate, c.weightDecay) = (s.lr, s.weight_decay)
        (c.gradientNorm, c.warmUp) = (s.clip ?? 0, s.warmup)
        // The set's rewards and targets are scaled already.
        c.returnScale = 1
        return c
    }

    /// A learner with the set's starting weights; its data are an episode of zeros as long as a context.
    func learner(_ change: (inout CDT.Configuration) -> Void = { _ in }) throws -> CDT {
        var columns = TransitionColumns(observationSize: common.obs, actionSize: common.act)
        for step in 1...settings.seq_len {
            columns.append(
                observation: Array(repeating: 0, count: common.obs),
                action: Array(repeating: 0, count: common.act),
                nextObservation: Array(repeating: 0, count: common.obs), reward: 0, cost: 0,
                terminated: step == settings.seq_len, truncated: false)
        }
        var configuration = configuration
        change(&configuration)
        let cdt = try CDT(configuration, on: try TransitionDataset(columns), seed: 0)
        let arrays = try arrays
        for entry in cdt.network.layout.entries {
            _ = cdt.network.elements(entry, .weights).update(
                fromContentsOf: try Self.values("param.cdt", entry.name, arrays))
        }
        return cdt
    }

    /// Values of one of our parameters in the set, whose queries, keys and values are columns of one matrix.
    static func values(_ prefix: String, _ name: String, _ arrays: GoldenFile) throws -> [Float] {
        for (number, part) in ["query", "key", "value"].enumerated() {
            let own = ".attention.\(part)."
            guard name.contains(own) else { continue }
            let joined = "\(prefix).\(name.replacing(own, with: ".attention.qkv."))"
            let (all, width) = (try arrays.floats(joined), try #require(try arrays.shape(joined).last) / 3)
            return stride(from: number * width, to: all.count, by: 3 * width).flatMap {
                all[$0..<$0 + width]
            }
        }
        return try arrays.floats("\(prefix).\(name)")
    }

    /// Expects a role of every parameter to agree, relative to the largest magnitude in the same array; the gradient of the
    /// keys' bias is rounding alone.
    func expectAgreement(
        _ cdt: CDT, _ role: LearnerRole, _ prefix: String, within tolerance: Double,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let arrays = try arrays
        for entry in cdt.network.layout.entries where !entry.name.hasSuffix("attention.key.bias") {
            let expected = try Self.values(prefix, entry.name, arrays)
            let error = relativeError(cdt.network.elements(entry, role), expected)
            #expect(error <= tolerance, "\(prefix).\(entry.name): \(error)", sourceLocation: sourceLocation)
        }
    }

    /// Puts the batch of an update into a learner, without its padding.
    func fill(_ cdt: CDT, step: Int) throws {
        let arrays = try arrays
        let (o, a, steps) = (common.obs, common.act, settings.seq_len)
        func read(_ name: String) throws -> [Float] { try arrays.floats("in.step\(step).\(name)") }
        let mask = try read("mask")
        let times = try arrays.integers("in.step\(step).time_steps")
        let (states, actions, costs) = (try read("states"), try read("actions"), try read("costs"))
        let (returns, toGo) = (try read("returns"), try read("costs_return"))
        let batch = cdt.batch
        _ = batch.episodeCosts.buffer.update(fromContentsOf: try read("episode_cost"))
        for window in 0..<settings.batch {
            var row = batch.starts[window]
            for step in 0..<steps where mask[window * steps + step] != 0 {
                let from = window * steps + step
                for column in 0..<o {
                    batch.observations.buffer[row * o + column] = states[from * o + column]
                }
                for column in 0..<a { batch.actions.buffer[row * a + column] = actions[from * a + column] }
                batch.returnsToGo.buffer[row] = returns[from]
                batch.costsToGo.buffer[row] = toGo[from]
                batch.costs.buffer[row] = costs[from]
                batch.timeSteps[row] = Int32(times[from])
                row += 1
            }
            batch.starts[window + 1] = row
        }
        if settings.dropout.contains(where: { $0 > 0 }) { cdt.given = try GoldenDropout(self, cdt, step) }
    }

    /// Rows of padded arrays of batch 0 that are no padding.
    func validRows() throws -> [Int] {
        let mask = try arrays.floats("in.step0.mask")
        return mask.indices.filter { mask[$0] != 0 }
    }
}

/// The set's dropout factors, of the tokens that are no padding.
final class GoldenDropout: TransformerDropout {
    private let arrays: GoldenFile
    private let prefix: String
    private let rates: (attention: Float, residual: Float, embedding: Float)
    /// For each token its number with padding.
    private let places: [Int]
    private let longest: Int
    private var attention: [Int: UnsafeMutableBufferPointer<Float>] = [:]

    init(_ golden: GoldenCDT, _ cdt: CDT, _ step: Int) throws {
        arrays = try golden.arrays
        prefix = "in.step\(step).keep."
        let dropout = golden.settings.dropout
        rates = (dropout[0], dropout[1], dropout[2])
        let (shape, starts) = (cdt.network.body.shape, cdt.batch.starts)
        longest = shape.longest
        let longest = longest
        places = (0..<golden.settings.batch).flatMap { window in
            let tokens =
                (starts[window + 1] - starts[window]) * shape.tokensOfStep + (shape.hasPrefix ? 1 : 0)
            return (0..<tokens).map { window * longest + $0 }
        }
    }

    deinit { for factors in attention.values { factors.deallocate() } }

    private func factors(_ name: String, _ rate: Float) -> [Float] {
        ((try? arrays.floats(prefix + name)) ?? []).map { $0 / (1 - rate) }
    }

    func factors(at place: DropoutPlace, rows: Int, width: Int, on tape: Tape) -> Variable? {
        let all =
            switch place {
            case .embedding: factors("embedding", rates.embedding)
            case .attention(let block): factors("block\(block).residual", rates.residual)
            case .feedForward(let block): factors("block\(block).mlp", rates.residual)
            }
        #expect(rows == places.count && all.count % width == 0)
        let own = places.flatMap { all[$0 * width..<($0 + 1) * width] }
        return own.withUnsafeBufferPointer { tape.constant($0, rows, width) }
    }

    func weights(ofBlock block: Int, sequences: Int, heads: Int) -> AttentionDropout? {
        if attention[block] == nil {
            let all = factors("block\(block).attention", rates.attention)
            let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: all.count)
            _ = copy.initialize(from: all)
            attention[block] = copy
        }
        guard let base = attention[block]?.baseAddress else { return nil }
        return AttentionDropout(factors: base, longest: longest)
    }
}
