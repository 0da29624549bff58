import ArgumentParser
import Assurance

/// `saferl bound`.
struct BoundGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bound",
        abstract: "Compute what a published guarantee says for given numbers.",
        subcommands: [BoundOGSRL.self], defaultSubcommand: BoundOGSRL.self)
}

/// `saferl bound ogsrl`.
struct BoundOGSRL: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ogsrl",
        abstract: "The theorems of OGSRL in numbers, with the word vacuous where they say nothing.",
        discussion: """
            Theorem 1 and corollary 1 in both versions, as printed and as proved; errors of values and their confidence; \
            the budget that implies the chance constraint. For example, at the published settings for sepsis:

              saferl bound ogsrl --samples 148159 --alpha 0.04 --alpha-c 0.05 --delta 0.05 --beta 0.05 \
            --discount 0.99 --horizon 20 --bandwidth 0.535 --state-size 13 --action-size 2
            """)

    @Option(help: ArgumentHelp("N: recorded pairs of state and action.", valueName: "n")) var samples: Int
    @Option(help: ArgumentHelp("Share of pairs outside the guarded set in truth.", valueName: "share"))
    var alpha: Double
    @Option(help: ArgumentHelp("The same in the data, above alpha.", valueName: "share")) var alphaC: Double
    @Option(help: ArgumentHelp("Probability that the data mislead.", valueName: "p")) var delta: Double
    @Option(help: ArgumentHelp("Probability of leaving the guarded set in the model.", valueName: "p"))
    var beta: Double
    @Option(help: ArgumentHelp("γ.", valueName: "x")) var discount: Double
    @Option(help: ArgumentHelp("H.", valueName: "steps")) var horizon: Int
    @Option(help: ArgumentHelp("h, of the kernel densities.", valueName: "x")) var bandwidth: Double
    @Option(help: ArgumentHelp("n: numbers in a state.", valueName: "n")) var stateSize: Int
    @Option(help: ArgumentHelp("m: numbers in an action.", valueName: "n")) var actionSize: Int
    @Option(help: ArgumentHelp("Largest reward or cost of a step.", valueName: "x")) var valueMax = 1.0
    @Option(help: ArgumentHelp("ζ: Hölder exponent of the densities.", valueName: "x")) var smoothness = 1.0
    @Option(
        help: ArgumentHelp("C_den, which the paper gives no value for.", valueName: "x"))
    var densityConstant = 1.0
    @Option(
        help: ArgumentHelp(
            "ω: bound on the norm of rewards and costs, where they are learned (theorem 6).", valueName: "x"))
    var omega: Double?
    @Option(help: ArgumentHelp("ν_N: largest information gain, likewise.", valueName: "x"))
    var informationGain: Double?
    @Option(help: ArgumentHelp("Largest posterior deviation, likewise.", valueName: "x")) var sigmaMax:
        Double?
    @Option(help: ArgumentHelp("Independent roll-outs in the model, for a bound under it.", valueName: "n"))
    var rollouts: Int?
    @Option(help: ArgumentHelp("Those of them that left the guarded set.", valueName: "k")) var outside: Int?
    @Flag(help: "Print one JSON object instead of text.") var json = false

    private func theorem() throws -> SupportTheorem {
        var regression: SupportTheorem.Regression?
        switch (omega, informationGain, sigmaMax) {
        case (nil, nil, nil): break
        case (let omega?, let gain?, let sigma?):
            regression = .init(norm: omega, informationGain: gain, largestDeviation: sigma)
        default: throw ValidationError("--omega, --information-gain and --sigma-max go together.")
        }
        return SupportTheorem(
            samples: samples, outsideShare: alpha, outsideShareInData: alphaC, delta: delta, beta: beta,
            discount: discount, horizon: horizon, largestValue: valueMax, bandwidth: bandwidth,
            smoothness: smoothness, densityConstant: densityConstant, stateSize: stateSize,
            actionSize: actionSize, regression: regression)
    }

    func validate() throws {
        // What is too small the theorem says itself.
        try CountRange.check("samples", samples, in: .min...CountRange.counts.upperBound)
        try CountRange.check("horizon", horizon, in: .min...CountRange.counts.upperBound)
        try CountRange.check("state-size", stateSize, in: .min...CountRange.numbers.upperBound)
        try CountRange.check("action-size", actionSize, in: .min...CountRange.numbers.upperBound)
        try CountRange.check("rollouts", rollouts, in: .min...CountRange.counts.upperBound)
        do { _ = try theorem().certificate() } catch let error as SupportTheoremError {
            throw ValidationError("\(error)")
        }
        switch (rollouts, outside) {
        case (nil, nil): break
        case (let rollouts?, let outside?):
            if rollouts < 1 || !(0...rollouts).contains(outside) {
                throw ValidationError("--outside \(outside): not between 0 and the \(rollouts) roll-outs.")
            }
        default: throw ValidationError("--rollouts and --outside go together.")
        }
    }

    func run() throws {
        var rolloutCertificate: ModelRolloutCertificate?
        if let rollouts, let outside {
            rolloutCertificate = ModelRolloutCertificate(outside: outside, of: rollouts, delta: delta)
        }
        let work = BoundWork(certificate: try theorem().certificate(), rollouts: rolloutCertificate)
        try Output.write(json ? try work.json() : work.table)
    }
}
