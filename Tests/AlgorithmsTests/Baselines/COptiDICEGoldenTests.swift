import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

/// COptiDICE against OSRL, with and without the bound on costs.
@Suite struct COptiDICEGoldenTests {
    private func golden(_ number: Int) throws -> GoldenBaseline {
        try GoldenBaseline("coptidice\(number)", key: "coptidice", number: number)
    }

    private func learners(_ golden: GoldenBaseline) throws -> COptiDICE {
        var c = COptiDICE.Configuration()
        (c.shared, c.valueWidths) = (try golden.shared(), try golden.widths("critic"))
        (c.valueMembers, c.boundMembers) = (try golden.integer("num_q"), try golden.integer("num_qc"))
        c.divergence = try #require(FDivergence(rawValue: try golden.word("f_type")))
        c.divergenceWeight = try golden.number("alpha")
        c.boundDivergence = try golden.number("cost_ub_epsilon")
        (c.valueRate, c.multiplierRate) = (try golden.rate("critic"), try golden.rate("scalar"))
        let dice = try COptiDICE(c, on: try golden.data(), seed: 0)
        dice.initial.share = Float(try #require(golden.start["init_state_proportion"]))
        try golden.put("in.observations_std", into: dice.initial.observationDeviation.buffer)
        try golden.put("in.actions_std", into: dice.initial.actionDeviation.buffer)
        try golden.load(networks(dice))
        for (name, learner) in [("lmbda", dice.multiplier), ("tau", dice.temperature)] {
            try golden.put("param.\(name)", into: learner.elements(learner.layout.entries[0], .weights))
        }
        return dice
    }

    private func put(_ step: Int, of golden: GoldenBaseline, into dice: COptiDICE) throws {
        try golden.put(step, into: dice.transitions.batch)
        dice.transitions.readEnds()
        try golden.put("in.step\(step).is_init", into: dice.initial.isInitial.buffer)
        try golden.put("in.step\(step).noise.observations", into: dice.draws.observations.buffer)
        try golden.put("in.step\(step).noise.actions", into: dice.draws.actions.buffer)
    }

    private func raw(_ learner: Learner<Parameter>, _ role: LearnerRole = .weights) -> Float {
        learner.elements(learner.layout.entries[0], role)[0]
    }

    private func expectFigures(_ dice: COptiDICE, _ golden: GoldenBaseline, _ step: Int) throws {
        let m = dice.metrics
        var figures = [
            "nu_loss": m.valueLoss, "lmbda_loss": m.multiplierLoss, "actor_loss": m.actorLoss,
            "Df": m.fDivergence, "td_error": m.tdError, "lmbda": m.multiplier,
            "lmbda_raw": raw(dice.multiplier), "tau_raw": raw(dice.temperature), "chi_loss": m.boundLoss,
            "tau_loss": m.temperatureLoss, "D_kl": m.boundDivergence,
        ]
        if try golden.number("cost_ub_epsilon") > 0 { figures["tau"] = m.temperature }
        try golden.expect(figures, ofStep: step)
    }

    private func expectWeighing(
        _ dice: COptiDICE, _ golden: GoldenBaseline, _ prefix: String, multiplier: Float
    ) throws {
        dice.tape.reset()
        let found = dice.weighing(multiplier: multiplier)
        for (name, values) in [
            ("nu", found.value), ("nu_next", found.nextValue), ("e", found.advantage), ("w", found.ratio),
        ] {
            try golden.expect(values.values, "\(prefix).\(name)", within: BaselineTolerance.targets)
        }
    }

    private func networks(_ dice: COptiDICE) -> [GoldenNetwork] {
        [
            GoldenNetwork("actor", dice.actor), GoldenNetwork("nu", dice.nu),
            GoldenNetwork("chi", dice.chi),
        ]
    }

    private func expectScalars(_ dice: COptiDICE, _ golden: GoldenBaseline, _ prefix: String) throws {
        let tolerance = BaselineTolerance.parameters
        try golden.expect([raw(dice.multiplier)], "\(prefix).lmbda", within: tolerance)
        try golden.expect([raw(dice.temperature)], "\(prefix).tau", within: tolerance)
    }

    @Test(arguments: [0, 1]) func updatesAgree(number: Int) throws {
        let golden = try golden(number)
        let dice = try learners(golden)
        let isBound = try golden.number("cost_ub_epsilon") > 0
        // Without a bound chi stays where it was.
        let (moved, all) = (networks(dice).prefix(isBound ? 3 : 2), networks(dice))
        try golden.expectUpdates(of: Array(moved), all: all) { step in
            try put(step, of: golden, into: dice)
            let lambda = log1p(exp(raw(dice.multiplier)))
            if step == 0 { try expectWeighing(dice, golden, "mid.before", multiplier: lambda) }
            try dice.learn()
            try expectFigures(dice, golden, step)
            if step == 0 { try expectWeighing(dice, golden, "mid.policy", multiplier: lambda) }
        } afterFirst: {
            let tolerance = BaselineTolerance.gradients
            try golden.expect([raw(dice.multiplier, .gradient)], "mid.grad.lmbda", within: tolerance)
            if isBound {
                try golden.expect([raw(dice.temperature, .gradient)], "mid.grad.tau", within: tolerance)
            }
            try expectScalars(dice, golden, "after1")
        }
        try expectScalars(dice, golden, "after3")
    }

    private struct Forms: Decodable {
        struct Values: Decodable {
            let f, weight: [Float]
        }
        struct Set: Decodable {
            let x, y: [Float]
            let chi2, softchi, kl: Values
        }
        let f_divergence: Set
    }

    @Test func everyFormOfTheDivergenceAgrees() throws {
        let forms = try Golden.decode(Forms.self, "baselines", "scalars.json").f_divergence
        for (form, expected) in [
            (FDivergence.chi2, forms.chi2), (.softchi, forms.softchi), (.kl, forms.kl),
        ] {
            let tape = Tape()
            for (values, wanted) in [
                (form.value(tape.column(forms.x)), expected.f),
                (form.ratio(tape.column(forms.y)), expected.weight),
            ] {
                for (value, wanted) in zip(values.values, wanted) {
                    #expect(abs(value - wanted) <= 1e-6 + 1e-5 * abs(wanted), "\(form): \(value), \(wanted)")
                }
            }
        }
    }
}
