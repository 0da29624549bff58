/// Headings that somebody asks a run's file of, with the evidence that belongs under each.
///
/// The headings follow public summaries of what is asked for; nothing here claims conformity with any of it.
package struct Dossier: Sendable {
    /// What a file of the run says.
    package struct Entry: Sendable {
        /// For a person.
        let label: String
        /// The file, as `RunEvidence.file` reads patterns.
        let file: String
        /// Members of the file, by their path with dots; the whole file where there is none.
        let members: [String]
        /// The command that makes the file.
        let command: String

        init(_ label: String, _ file: String, _ members: [String] = [], by command: String) {
            (self.label, self.file, self.members, self.command) = (label, file, members, command)
        }
    }

    /// A heading.
    package struct Heading: Sendable {
        let title: String
        let entries: [Entry]
        /// What no file of a run can say.
        let manufacturer: String?

        init(_ title: String, _ entries: [Entry] = [], manufacturer: String? = nil) {
            (self.title, self.entries, self.manufacturer) = (title, entries, manufacturer)
        }
    }

    /// As the command line has it.
    package let name: String
    let title: String
    let headings: [Heading]

    /// The one of a name.
    package static func named(_ name: String) -> Dossier? { shipped.first { $0.name == name } }

    /// Those that there are.
    package static let shipped = [euAIAct, fdaPCCP, amlas, hospital]
}

extension Dossier {
    private static let program = Entry(
        "Program, algorithm, state of training", "manifest.json",
        ["saferl", "algorithm", "seed", "step", "finished", "started", "swift"], by: "saferl train")
    private static let configuration = Entry(
        "Configuration as resolved", "config.resolved.json", by: "saferl train")
    private static let data = Entry(
        "Data", "manifest.json", ["data.path", "data.sha256"], by: "saferl train")
    private static let policy = Entry(
        "Policy", "checkpoints/step-*/manifest.json", ["step", "state_sha256", "configuration", "data"],
        by: "saferl train")
    private static let evaluation = Entry(
        "Evaluation", "evaluation/report.json",
        [
            "origin.environment", "episodes", "return_mean", "return_interval", "cost_mean", "cost_interval",
            "violation_free_share", "violation_upper_bound",
        ], by: "saferl evaluate RUN")
    private static let certificate = Entry(
        "Certificate", "assurance/certificate-*.json",
        [
            "verdict", "tested", "upper_bound", "limit", "delta", "n", "bound", "validity", "assumptions",
            "earlier_tests",
        ], by: "saferl certify RUN --episodes N --limit C --delta D")
    private static let calibration = Entry(
        "Calibration, support, limits of V_h", "assess/report.json",
        [
            "calibration.signed", "calibration.ece_mass", "calibration.by_region", "feasibility.level",
            "feasibility.upper_bound", "support.outside_share_upper_bound", "warnings", "unavailable",
        ], by: "saferl assess RUN")
    private static let robustness = Entry(
        "Behaviour under faults", "assess/report.json", ["robustness"], by: "saferl assess RUN")
    private static let audit = Entry(
        "Attacks on availability", "audit/report.json", ["verdict", "lines", "worst", "fallback_capacity"],
        by: "saferl audit availability RUN")
    private static let argument = Entry(
        "Assurance case", "assurance/assurance.json", ["verdict", "case", "template"],
        by: "saferl report RUN --assurance")
    private static let shield = Entry(
        "Rules, shield and what it did", "guard/report.json",
        by: "saferl evaluate RUN --guard RULES --out RUN/guard")
    private static let proof = Entry(
        "Proof of a property", "verify/proof.json", ["verdict"],
        by: "saferl verify RUN --network vh --property P --out RUN/verify/proof.json")

    private static let euAIAct = Dossier(
        name: "eu-ai-act", title: "Technical documentation by the headings of the EU AI Act's Annex IV",
        headings: [
            Heading(
                "1 General description", [program, evaluation],
                manufacturer: "intended purpose, persons and hardware that it meets, instructions for use"),
            Heading(
                "2 Elements and development", [configuration, data, policy, shield],
                manufacturer: "where the data are from and how they were labelled; human oversight"),
            Heading(
                "3 Monitoring, functioning and control", [evaluation, calibration, robustness, audit],
                manufacturer: "foreseeable unintended outcomes, and what operators must watch"),
            Heading(
                "4 Appropriateness of the metrics", [certificate, calibration],
                manufacturer: "why these figures are the ones that matter for the purpose"),
            Heading(
                "5 Risk management", [argument, audit], manufacturer: "the risk management system itself"),
            Heading(
                "6 Changes through the lifecycle", [program, policy],
                manufacturer: "earlier versions, and what changed (saferl runs diff)"),
            Heading("7 Standards applied", manufacturer: "the list of standards"),
            Heading("8 Declaration of conformity", manufacturer: "the declaration"),
            Heading(
                "9 Post-market monitoring", [audit],
                manufacturer: "the plan, with the alarm's settings in use"),
        ])

    private static let fdaPCCP = Dossier(
        name: "fda-pccp", title: "Predetermined change control plan by the headings of the FDA's guidance",
        headings: [
            Heading(
                "Description of modifications", [configuration, data],
                manufacturer: "which keys and data may change, and within what bounds"),
            Heading(
                "Modification protocol", [program, certificate, calibration, argument],
                manufacturer:
                    "acceptance by saferl assess --require and saferl certify on fresh episodes, roll-out and roll-back"
            ),
            Heading(
                "Impact assessment", [evaluation, robustness, audit],
                manufacturer: "benefits and risks of the change (saferl compare before and after)"),
        ])

    private static let amlas = Dossier(
        name: "amlas", title: "Assurance of machine learning by the stages of AMLAS",
        headings: [
            Heading(
                "1 Scoping", [program, argument], manufacturer: "the system, its environment and its hazards"),
            Heading(
                "2 Safety requirements", [certificate],
                manufacturer: "how limit and chance of error follow from the system's safety requirements"),
            Heading(
                "3 Data management", [data], manufacturer: "requirements of the data and their validation"),
            Heading("4 Model learning", [configuration, policy], manufacturer: "why this method"),
            Heading("5 Model verification", [evaluation, calibration, robustness, proof]),
            Heading(
                "6 Deployment", [shield, audit],
                manufacturer: "integration, monitoring in use, and what happens when it hands over"),
        ])

    private static let hospital = Dossier(
        name: "hospital", title: "Questions of a hospital before use",
        headings: [
            Heading(
                "Local validation", [evaluation, certificate],
                manufacturer: "validation on this hospital's own patients"),
            Heading(
                "Population", [data, calibration],
                manufacturer: "who is in the data, who is not, and performance by subgroup"),
            Heading("Robustness", [robustness, proof]),
            Heading("Monitoring", [audit], manufacturer: "who watches which alarm"),
            Heading("Hand-over", [shield, argument], manufacturer: "who takes over, how fast, at any hour"),
        ])
}
