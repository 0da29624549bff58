import Foundation

/// What an update takes on so many processes, from measured parts: for orientation, not a measurement.
public struct CostModel: Sendable, Equatable {
    /// A network as a process sees it.
    public struct Network: Sendable, Equatable {
        /// Seconds until a message arrives, and bytes a second after that.
        public var latency, bandwidth: Double

        /// Describes one.
        public init(latency: Double, bandwidth: Double) {
            (self.latency, self.bandwidth) = (latency, bandwidth)
        }
    }

    /// Seconds of an update that are shared out (W), and that every process spends (S).
    public var work, serial: Double
    /// Bytes that every process has to give and get.
    public var bytes: Double
    /// What they cross.
    public var network: Network

    /// Describes an update.
    public init(work: Double, serial: Double, bytes: Double, network: Network) {
        (self.work, self.serial, self.bytes, self.network) = (work, serial, bytes, network)
    }

    /// Seconds of an exchange around a ring: 2(p − 1)a + 2(p − 1)/p · n/b.
    public func ring(_ ranks: Int) -> Double {
        2 * Double(ranks - 1) * network.latency + share(ranks)
    }

    /// Seconds of an exchange by halving and doubling, as `TreeSum` does it: 2 log₂(p) a + 2(p − 1)/p · n/b.
    public func halvingDoubling(_ ranks: Int) -> Double {
        2 * log2(Double(ranks)) * network.latency + share(ranks)
    }

    private func share(_ ranks: Int) -> Double {
        2 * Double(ranks - 1) / Double(ranks) * bytes / network.bandwidth
    }

    /// Efficiency where the rows of an update stay as many: (W + S)/(p(W/p + S + C)).
    public func strong(_ ranks: Int) -> Double {
        (work + serial) / (Double(ranks) * (work / Double(ranks) + serial + ring(ranks)))
    }

    /// Efficiency where the rows of a process stay as many: (W + S)/(W + S + C).
    public func weak(_ ranks: Int) -> Double { (work + serial) / (work + serial + ring(ranks)) }

    /// The same with all of the exchange beside work, but for a tenth: (W + S)/(S + max(W, C) + 0.1 C).
    public func overlapped(_ ranks: Int) -> Double {
        (work + serial) / (serial + max(work, ring(ranks)) + 0.1 * ring(ranks))
    }

    /// The same with half of the exchange hidden: (W + S)/(W + S + C/2).
    public func halfHidden(_ ranks: Int) -> Double {
        (work + serial) / (work + serial + ring(ranks) / 2)
    }

    /// The mean of the largest of so many standard normal numbers, by Simpson's rule.
    public static func largestOfNormals(_ count: Int) -> Double {
        guard count > 1 else { return 0 }
        let (first, width, steps) = (-9.0, 18.0 / 7200, 7200)
        func density(_ x: Double) -> Double {
            let below = 0.5 * erfc(-x / 2.0.squareRoot())
            return Double(count) * x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
                * pow(below, Double(count - 1))
        }
        return (0...steps).reduce(0) { sum, step in
            let weight = step == 0 || step == steps ? 1.0 : (step.isMultiple(of: 2) ? 2 : 4)
            return sum + weight * density(first + Double(step) * width)
        } * width / 3
    }

    /// Factor of the efficiency where the times of processes spread so much, as a share of their mean.
    public static func straggling(_ ranks: Int, spread: Double) -> Double {
        1 / (1 + spread * largestOfNormals(ranks))
    }
}
