import Reliability
import TestSupport
import Testing

/// Sensor and actuator faults and their summary against `perturbation.json`; `SAFERL_GOLDEN_ASSESS` names another set.
@Suite struct PerturbationGoldenTests {
    struct File: Decodable {
        let observations, actions, standard_normal: [[Double]]
        let dropped: [[Int]]
        let feature_sd: [Double]
        let noise, bias, scale, delay, dropout_hold, dropout_zero, quantise, saturate, stuck: Rule
        let gain, action_delay, action_bias, dead_zone, lag: Rule
        let summary: Summary
    }
    struct Rule: Decodable {
        let level, step, low, high, width, rate: Double?
        let steps, entry, from_step: Int?
        let sign: [Double]?
        let value: [[Double]]
    }
    struct Summary: Decodable {
        let levels, returns, costs: [Double]
        let limit, mean_return_over_levels: Double
        let retained, critical_level: Double?
    }

    let file: File

    init() throws { file = try Golden.decode(File.self, "assess", "perturbation.json") }

    private func deliver(_ fault: SensorFault, _ numbers: [[Double]], signs: [Double] = [1, 1, 1])
        -> [[Double]]
    {
        var channel = SensorChannel(fault, spread: file.feature_sd, signs: signs)
        return zip(file.observations, numbers).map { channel.deliver($0, numbers: $1) }
    }

    private func hasValues(_ ours: [[Double]], _ golden: Rule) -> Bool {
        ours.count == golden.value.count && !ours.isEmpty
            && zip(ours, golden.value).allSatisfy { agree($0, $1, 1e-12) }
    }

    @Test func sensorFaultsAgree() throws {
        let normal = file.standard_normal
        // A number below the probability is a loss.
        let uniform = file.dropped.map { $0.map { $0 == 1 ? 0.25 : 0.75 } }
        func level(_ rule: Rule) throws -> Double { try #require(rule.level) }
        #expect(hasValues(deliver(.noise(level: try level(file.noise)), normal), file.noise))
        let signs = try #require(file.bias.sign)
        #expect(hasValues(deliver(.bias(level: try level(file.bias)), normal, signs: signs), file.bias))
        #expect(hasValues(deliver(.scale(level: try level(file.scale)), normal), file.scale))
        #expect(hasValues(deliver(.delay(steps: try #require(file.delay.steps)), normal), file.delay))
        #expect(hasValues(deliver(.heldDropout(probability: 0.5), uniform), file.dropout_hold))
        #expect(hasValues(deliver(.zeroDropout(probability: 0.5), uniform), file.dropout_zero))
        #expect(hasValues(deliver(.quantised(step: try #require(file.quantise.step)), normal), file.quantise))
        let (low, high) = (try #require(file.saturate.low), try #require(file.saturate.high))
        #expect(hasValues(deliver(.saturated(low: low, high: high), normal), file.saturate))
        let (entry, from) = (try #require(file.stuck.entry), try #require(file.stuck.from_step))
        #expect(hasValues(deliver(.stuck(entry: entry, from: from), normal), file.stuck))
    }

    @Test func actuatorFaultsAgree() throws {
        func deliver(_ fault: ActuatorFault) -> [[Double]] {
            var channel = ActuatorChannel(fault, low: [-1, -1], high: [1, 1])
            return file.actions.map { channel.deliver($0) }
        }
        #expect(hasValues(deliver(.gain(factor: try #require(file.gain.level))), file.gain))
        #expect(hasValues(deliver(.bias(level: try #require(file.action_bias.level))), file.action_bias))
        #expect(hasValues(deliver(.delay(steps: try #require(file.action_delay.steps))), file.action_delay))
        #expect(hasValues(deliver(.deadZone(width: try #require(file.dead_zone.width))), file.dead_zone))
        #expect(hasValues(deliver(.lag(rate: try #require(file.lag.rate))), file.lag))
    }

    @Test func theSummaryAgrees() throws {
        let golden = file.summary
        let ours = try PerturbationSummary(
            levels: golden.levels, returns: golden.returns, costs: golden.costs, limit: golden.limit)
        #expect(
            agree(
                [ours.meanReturn, ours.retained, ours.criticalLevel],
                [golden.mean_return_over_levels, golden.retained, golden.critical_level], 1e-12))
    }

    /// What the stored actions never meet.
    @Test func smallActionsAreLostInADeadZoneAndABoxWithoutZeroBeginsAtItsEdge() {
        var channel = ActuatorChannel(.deadZone(width: 0.1), low: [-1, -1, -1], high: [1, 1, 1])
        #expect(channel.deliver([0.05, -0.0999, 0.1]) == [0, 0, 0.1])
        var late = ActuatorChannel(.delay(steps: 1), low: [0.5], high: [1])
        #expect(late.deliver([0.7]) == [0.5] && late.deliver([0.9]) == [0.7])
    }
}
