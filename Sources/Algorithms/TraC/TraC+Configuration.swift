import SafeRL

extension TraC {
    /// The options of TraC; the defaults are the authors' for Bullet's tasks.
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    public struct Configuration: Defaulted, Equatable {
        @Setting(
            0...1e9,
            "Cost of an episode that counts as safe (kappa); a segment may cost its share. A policy is trained for one."
        )
        public var costLimit: Float = 10
        @Setting(.above(0, upTo: 1), "Steps of a segment, as a share of the longest recorded episode.")
        public var segmentRatio = 1.0
        @Setting(1...10_000_000, "Segments that are drawn at most.")
        public var largestNumber = 1_000_000
        @Setting(.above(0, upTo: 1), "Share of the safe segments, by return, that are desirable.")
        public var topShare = 0.5
        @Setting(0...1, "Share of the safe segments, by return, that are undesirable.")
        public var bottomShare = 0.0
        @Setting(0...1, "Least weight of a safe segment.")
        public var weightFloor: Float = 0.7
        @Setting(1...100_000, "Segments of one update.")
        public var segments = 96
        @Setting(
            1...1_000_000_000,
            "Updates, of schedule.steps, that clone all segments; the rest classify against that reference.")
        public var cloningUpdates = 30_000
        @Setting(0...1e3, "Weight of cloning in the second phase.")
        public var cloningWeight: Float = 0
        @Setting(.above(0, upTo: 1e3), "Factor of the score of a segment (alpha).")
        public var temperature: Float = 0.2
        @Setting(.above(0, upTo: 1), "Discount of the score over the steps of a segment (gamma).")
        public var discount: Float = 0.99
        @Setting(
            0...1e3,
            "Weight of the undesirable segments of a batch together, relative to the desirable (eta).")
        public var undesirableWeight: Float = 0.25
        @Setting(.above(0, upTo: 1), "Adam's step size in the first phase.")
        public var learningRate: Float = 1e-4
        @Setting(.above(0, upTo: 1e3), "Factor of the step size in the second phase.")
        public var rateFactor: Float = 0.1
        @Setting(1...1_000_000_000, "Updates of the second phase over which its step size rises.")
        public var warmUp = 10_000
        @Setting(0..<1, "Dropout in the hidden layers.")
        public var dropout: Float = 0.25
        @Setting("Hidden widths of the network.")
        public var widths = [256, 256]

        /// The authors' settings for Bullet.
        public init() {}
    }
}

extension TraC.Configuration {
    /// - Throws: `OptionIssue`.
    func check(_ data: TransitionDataset) throws {
        try data.refuseChoices("widths", "TraC's network gives actions")
    }
}

extension TraC {
    /// Both networks with their optimisers, the segments, a batch of them, and what the tape keeps of its rows.
    public static func memoryNeed(of c: Configuration, on data: TransitionDataset) -> MemoryNeed {
        let (o, a) = (data.observationSize, data.actionSize)
        var need = MemoryNeed()
        need.addLearners("the networks", "widths", count: 2) {
            MLP("", o, hidden: c.widths, outputs: a, in: &$0)
        }
        let longest = data.episodes.map(\.length).max() ?? 0
        let length = max(Int(c.segmentRatio * Double(longest)), 1)
        let number =
            c.segmentRatio < 1 ? (longest - length) / 6 * data.episodes.count : data.episodes.count
        // What is drawn, ranked and kept of each, and its place in a pass.
        need.addRows("the segments", "largestNumber", min(number, c.largestNumber), of: 20)
        let rows = min(c.segments, max(number, 1)) * length
        need.addRows("the rows of an update", "segments", rows, of: 2 * (2 * o + a + 5))
        // Each layer's values and gradients, its dropout, and the reference.
        need.addRows("the rows of an update", "segments", rows, of: 6 * c.widths.reduce(0, +))
        return need
    }
}
