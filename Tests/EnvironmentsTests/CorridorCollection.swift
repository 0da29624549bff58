import SafeRL

/// Random accelerations; the careful walker brakes where it is about to become too fast.
extension Corridor {
    static let standardTransitions = 10_000
    static let behaviours = ["random", "careful"]

    static func collect(
        _ amount: CollectionAmount, behaviour: String, seed: UInt64
    ) throws -> CollectedTransitions {
        try CollectedTransitions(amount, in: Self.self, seed: seed) { corridor, observation, stream in
            let random = stream.nextUniform(in: -1..<1)
            guard behaviour == "careful", abs(corridor.speed) > 0.9 else { return [random] }
            return [corridor.speed > 0 ? -1 : 1]
        }
    }
}
