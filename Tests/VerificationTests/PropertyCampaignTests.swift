import Foundation
import Testing
import Verification

/// Properties that were proved hold for every point that is tried.
@Suite struct PropertyCampaignTests {
    private static func setting(_ name: String, _ usual: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? usual
    }

    /// How many properties, and points of each: 100 and a million in the campaign.
    private static let properties = setting("SAFERL_PROPERTIES", 12)
    private static let points = setting("SAFERL_PROPERTY_POINTS", 2000)

    /// A property of a random network that is likely to hold, by what a search says of its outputs.
    private static func property(
        _ network: VerifiableNetwork, _ box: [ClosedInterval], _ semantics: Semantics, isRange: Bool
    ) -> (VerificationProperty, limits: [ClosedInterval]) {
        let limits = (0..<network.outputs).map { output in
            let objective = (0..<network.outputs).map { $0 == output ? 1.0 : 0 }
            let outer = Verifier(limits: SearchLimits(boxes: 300)).range(
                of: objective, network, over: box, semantics, tolerance: 1e-3
            ).outer
            let slack = 1e-3 * max(1, abs(outer.low), abs(outer.high))
            return ClosedInterval(outer.low - slack, outer.high + slack)
        }
        let first = (0..<network.outputs).map { $0 == 0 ? 1.0 : 0 }
        let property = VerificationProperty(
            isRange
                ? .range(objective: first, atLeast: limits[0].low, atMost: limits[0].high)
                : .bounds(low: limits.map(\.low), high: limits.map(\.high)),
            box: box, semantics: semantics, json: .null)
        return (property, isRange ? [limits[0]] : limits)
    }

    @Test(arguments: Semantics.allCases) func noPointOfAProvedPropertyIsOutside(_ semantics: Semantics) throws
    {
        var random = RandomNetwork(seed: 41)
        var proved = 0
        for index in 0..<10 * Self.properties where proved < Self.properties {
            let network = VerifiableNetwork(random.nodes())
            let box = random.box(network.inputs)
            let (property, limits) = Self.property(network, box, semantics, isRange: index.isMultiple(of: 2))
            guard
                try Verifier(limits: SearchLimits(boxes: 1000)).verify(property, of: network).verdict
                    == "holds"
            else { continue }
            proved += 1
            let outside = (0..<Self.points).count { _ in
                let point = random.point(in: box)
                let outputs =
                    semantics == .real ? network.outputs(at: point) : network.singleOutputs(at: point)
                return zip(limits, outputs).contains { !$0.contains($1) }
            }
            #expect(outside == 0, "network \(index)")
        }
        #expect(proved == Self.properties)
    }
}
