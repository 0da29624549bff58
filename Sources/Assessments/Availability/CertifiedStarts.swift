import Availability
import SafeRL

/// Which starts a smoothing and an interval certifier say something of.
struct CertifiedStarts {
    /// Certified to be acted in, certified to be handed over, neither; by noisy copies.
    private(set) var smoothed = (act: 0, handOver: 0, abstained: 0)
    /// Likewise, by intervals; nothing of a layer that is no filter.
    private(set) var bounded: (act: Int, handOver: Int, neither: Int)?
    private let starts: Int

    /// Noise and box in standard deviations of the data; copies; chance that a certificate is wrong; starts that are tried.
    private static let (sigma, radius, draws, alpha, most) = (0.25, 0.05, 100, 0.001, 100)

    /// Certifies.
    ///
    /// - Throws: `AvailabilityError`.
    init(_ layer: SafetyLayer, _ seen: [[Float]], deviations: [Double], seed: UInt64) throws {
        let certifier = try SmoothingCertifier(sigma: Self.sigma, alpha: Self.alpha)
        let own = Array(seen.prefix(Self.most))
        starts = own.count
        if layer.filter != nil { bounded = (0, 0, 0) }
        for (number, state) in own.enumerated() {
            var stream = RandomStream(seed: seed, for: .noise, index: UInt32(truncatingIfNeeded: number))
            let copies = (0..<Self.draws).map { _ in
                state.indices.map {
                    state[$0] + Float(Self.sigma * deviations[$0]) * stream.nextNormal()
                }
            }
            let over = layer.routes(copies).count(where: \.handsOver)
            let top = max(over, Self.draws - over)
            if certifier.radius(top: top, of: Self.draws) == nil {
                smoothed.abstained += 1
            } else if top == over {
                smoothed.handOver += 1
            } else {
                smoothed.act += 1
            }
            guard let filter = layer.filter else { continue }
            let range = filter.probabilities(round: state, radius: Self.radius)
            if !layer.route(range.upperBound).handsOver {
                bounded?.act += 1
            } else if layer.route(range.lowerBound).handsOver {
                bounded?.handOver += 1
            } else {
                bounded?.neither += 1
            }
        }
    }

    var json: JSONValue {
        func counts(_ act: Int, _ handOver: Int, _ neither: Int) -> JSONValue {
            .object([
                ("act", .integer(act)), ("hand_over", .integer(handOver)), ("neither", .integer(neither)),
            ])
        }
        return .object([
            ("starts", .integer(starts)),
            ("smoothing", counts(smoothed.act, smoothed.handOver, smoothed.abstained)),
            ("intervals", bounded.map { counts($0.act, $0.handOver, $0.neither) } ?? .null),
        ])
    }
}
