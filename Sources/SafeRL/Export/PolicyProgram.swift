/// How a policy acts, as a computation that programs without this library can repeat.
///
/// A policy that draws candidates reads their noise as numbers, so the same numbers give the same action everywhere. Numbers are
/// stored in double precision and computed in single precision.
public struct PolicyProgram: Sendable {
    /// Numbers of an observation, as the environment gives it.
    public let observationSize: Int
    /// Numbers of an action.
    public let actionSize: Int
    /// Where candidates come from.
    public let drawing: Drawing
    /// How many actions are drawn for an observation, at least 1.
    public let candidates: Int
    /// What chooses among several candidates; nothing where there is one.
    public let preference: Preference?

    /// Where an action comes from.
    public enum Drawing: Sendable {
        /// One pass of a network.
        ///
        /// - Parameters:
        ///   - network: reads an observation and, behind it, the noise of a draw.
        ///   - noise: numbers of that noise, each N(0, 1); 0 for a policy that draws nothing.
        ///   - isClipped: whether its outputs are cut to −1 … 1.
        case network(VerifiableNetwork, noise: Int, isClipped: Bool)
        /// The number of the largest output of a network that reads an observation; of equal ones the first.
        case choice(VerifiableNetwork)
        /// The reverse walk of a diffusion model.
        case diffusion(Denoising)
    }

    /// The reverse walk of a diffusion model, from N(0, I) to an action.
    public struct Denoising: Sendable {
        /// Predicts the noise of an observation, a noisy action and the code of a time step, behind each other.
        public let network: VerifiableNetwork
        /// The code of each time index, `[T][code]`.
        public let codes: [[Double]]
        /// The steps in the order in which they are taken.
        public let steps: [DiffusionStep]

        /// Describes a walk.
        public init(_ network: VerifiableNetwork, codes: [[Double]], steps: [DiffusionStep]) {
            (self.network, self.codes, self.steps) = (network, codes, steps)
        }
    }

    /// How one of several candidates is chosen, the first of equals.
    public struct Preference: Sendable {
        /// What is looked for.
        public enum Order: String, Sendable {
            /// The least risk.
            case safest
            /// The largest reward.
            case mostRewarding = "most-rewarding"
            /// The largest reward of those whose risk is at most the threshold, else the least risk.
            case mostRewardingSafe = "most-rewarding-safe"
            /// The first.
            case first
        }

        /// What is looked for.
        public let order: Order
        /// The largest risk that counts as safe.
        public let threshold: Double
        /// Read an observation and an action and give one number a member: a reward is the smallest, a risk the largest.
        public let rewards, risks: VerifiableNetwork

        /// Describes a rule.
        public init(_ order: Order, threshold: Double, rewards: VerifiableNetwork, risks: VerifiableNetwork) {
            (self.order, self.threshold, self.rewards, self.risks) = (order, threshold, rewards, risks)
        }
    }

    /// Describes a policy.
    ///
    /// - Parameters:
    ///   - observationSize: at least 1.
    ///   - actionSize: at least 1.
    ///   - drawing: where candidates come from.
    ///   - candidates: at least 1; with several, `preference` is needed.
    ///   - preference: what chooses among them.
    public init(
        observationSize: Int, actionSize: Int, _ drawing: Drawing, candidates: Int = 1,
        preference: Preference? = nil
    ) {
        precondition(
            candidates == 1 || (candidates > 1 && preference != nil),
            "\(candidates) candidates without a rule")
        (self.observationSize, self.actionSize) = (observationSize, actionSize)
        (self.drawing, self.candidates) = (drawing, candidates)
        self.preference = candidates > 1 ? preference : nil
    }

    /// Blocks of noise that an action reads, each `[candidates, noiseWidth]`: one for a pass, the start and one for each noisy step
    /// of a diffusion.
    public var noiseBlocks: Int {
        switch drawing {
        case .network(_, let noise, _): noise > 0 ? 1 : 0
        case .choice: 0
        case .diffusion(let walk): 1 + walk.steps.count { $0.add != 0 }
        }
    }

    /// Numbers of one candidate in a block of noise.
    public var noiseWidth: Int {
        switch drawing {
        case .network(_, let noise, _): noise
        case .choice: 0
        case .diffusion: actionSize
        }
    }

    /// Numbers N(0, 1) that an action reads.
    public var noiseSize: Int { noiseBlocks * candidates * noiseWidth }

    /// The noise of an action, drawn as the policy draws it; at temperature 0 a diffusion draws on after it, to no effect.
    ///
    /// - Parameter stream: advanced as by acting.
    /// - Returns: `[noiseBlocks, candidates, noiseWidth]`, row-major.
    public func noise(using stream: inout RandomStream) -> [Float] {
        var noise = [Float](repeating: 0, count: noiseSize)
        let block = candidates * noiseWidth
        noise.withUnsafeMutableBufferPointer { all in
            for number in 0..<noiseBlocks {
                stream.fillNormal(.init(rebasing: all[number * block..<(number + 1) * block]))
            }
        }
        return noise
    }
}

extension PolicyProgram {
    /// The action in double precision, to compare others with.
    ///
    /// - Parameters:
    ///   - observation: `[observationSize]`.
    ///   - noise: `[noiseSize]`, as `noise(using:)` gives it.
    /// - Returns: `[actionSize]`, or the number of a choice.
    public func action(on observation: [Double], noise: [Double]) -> [Double] {
        let drawn = drawn(on: observation, noise)
        guard let preference else { return drawn[0] }
        return drawn[preference.judged(drawn, on: observation).chosen(slack: 0).first ?? 0]
    }

    /// How far an action is from the program's: the largest difference of a number.
    ///
    /// Candidates whose judgements differ by less than single precision resolves count as equally preferred; the nearest of them is
    /// compared.
    ///
    /// - Parameters:
    ///   - action: `[actionSize]`.
    ///   - observation: `[observationSize]`.
    ///   - noise: `[noiseSize]`.
    /// - Returns: the difference; infinite where a number is none.
    public func distance(to action: [Double], on observation: [Double], noise: [Double]) -> Double {
        let drawn = drawn(on: observation, noise)
        let possible = preference?.judged(drawn, on: observation).chosen(slack: 1e-4) ?? [0]
        let distances = possible.map { number in zip(drawn[number], action).map { abs($0 - $1) }.max() ?? 0 }
        return distances.filter { !$0.isNaN }.min() ?? .infinity
    }

    private func drawn(on observation: [Double], _ noise: [Double]) -> [[Double]] {
        precondition(
            observation.count == observationSize && noise.count == noiseSize,
            "a program of \(observationSize) + \(noiseSize) numbers is given \(observation.count) + \(noise.count)"
        )
        return (0..<candidates).map { candidate(on: observation, noise, $0) }
    }

    private func candidate(on observation: [Double], _ noise: [Double], _ number: Int) -> [Double] {
        func block(_ index: Int) -> [Double] {
            let start = (index * candidates + number) * noiseWidth
            return Array(noise[start..<start + noiseWidth])
        }
        switch drawing {
        case .network(let network, let count, let isClipped):
            let out = network.outputs(at: observation + (count > 0 ? block(0) : []))
            return isClipped ? out.map { min(max($0, -1), 1) } : out
        case .choice(let network):
            let out = network.outputs(at: observation)
            let best = out.indices.reduce(0) { out[$1] > out[$0] ? $1 : $0 }
            return [Double(best)]
        case .diffusion(let walk):
            var (x, before, used) = (block(0), [Double](repeating: 0, count: actionSize), 1)
            for step in walk.steps {
                let predicted = walk.network.outputs(at: observation + x + walk.codes[step.time])
                let fresh = step.add != 0 ? block(used) : []
                if step.add != 0 { used += 1 }
                for column in x.indices {
                    let added = fresh.isEmpty ? 0 : Double(step.add) * fresh[column]
                    let data =
                        (x[column] - Double(step.remove) * predicted[column]) / Double(step.divide) + added
                    let clean = min(max(data, -1), 1)
                    let direction = Double(step.new) * clean - Double(step.old) * before[column]
                    x[column] = Double(step.keep) * x[column] + Double(step.toward) * direction
                    before[column] = clean
                }
            }
            return x
        }
    }
}

extension PolicyProgram.Preference {
    /// What the critics say of candidates.
    fileprivate struct Judgement {
        let order: Order
        let threshold: Double
        let rewards, risks: [Double]
    }

    fileprivate func judged(_ candidates: [[Double]], on observation: [Double]) -> Judgement {
        Judgement(
            order: order, threshold: threshold,
            rewards: candidates.map { self.rewards.outputs(at: observation + $0).min() ?? 0 },
            risks: candidates.map { self.risks.outputs(at: observation + $0).max() ?? 0 })
    }
}

extension PolicyProgram.Preference.Judgement {
    /// The candidates that may be preferred where a judgement may be off by `slack` of its size, the first of equals first.
    fileprivate func chosen(slack: Double) -> [Int] {
        let (worth, risk) = (slack * size(of: rewards), slack * size(of: risks))
        switch order {
        case .first: return [0]
        case .safest: return near(risks.indices.map { $0 }, risk) { risks[$0] }
        case .mostRewarding: return near(rewards.indices.map { $0 }, worth) { -rewards[$0] }
        case .mostRewardingSafe:
            let safe = risks.indices.filter { risks[$0] <= threshold + risk }
            let surely = risks.indices.filter { risks[$0] <= threshold - risk }
            if surely.isEmpty {
                return near(risks.indices.map { $0 }, risk) { risks[$0] } + (risk > 0 ? safe : [])
            }
            let least = surely.map { -rewards[$0] }.min() ?? 0
            return near(safe.filter { -rewards[$0] <= least + worth }, .infinity) { -rewards[$0] }
        }
    }

    private func size(of values: [Double]) -> Double { 1 + (values.map(abs).max() ?? 0) }

    /// Of some candidates those within a distance of the smallest key, by key and number.
    private func near(_ numbers: [Int], _ distance: Double, _ key: (Int) -> Double) -> [Int] {
        let least = numbers.map(key).min() ?? 0
        return numbers.filter { key($0) <= least + distance }.sorted {
            key($0) == key($1) ? $0 < $1 : key($0) < key($1)
        }
    }
}
