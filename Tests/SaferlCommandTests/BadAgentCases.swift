import SaferlCommand

// Agents that cannot be judged.
extension BadInput {
    /// A run at the desk, small enough for a test.
    static let desk = """
        {"algorithm": "desk-cloning", "schedule": {"steps": 2, "log": 1, "checkpoint": 1},
         "desk-cloning": {"demonstrations": {"count": 8}, "batch": 2,
                          "model": {"hidden": 8, "intermediate": 8, "layers": 1, "heads": 2, "vocabulary": 300}}}
        """

    private static func rules(_ name: String, _ text: String, _ message: String) -> BadInput {
        BadInput(
            name: name, arguments: ["agent", "run", "--guard", "a.rules"],
            files: ["a.rules": Array(text.utf8)], message: message,
            status: CommandStatus.configuration.rawValue)
    }

    static let agents: [BadInput] = [
        usage(
            "a mode of guards that is none", ["agent", "run", "--mode", "hope"],
            "The value 'hope' is invalid for '--mode <name>': no such mode. Name one of none, check, resample, mask. See \"saferl agent --help\"."
        ),
        usage(
            "a world that is none", ["agent", "run", "--world", "moon"],
            "The value 'moon' is invalid for '--world <name>': no such world. Name desk. See \"saferl agent --help\"."
        ),
        usage(
            "no episodes at the desk", ["agent", "run", "--episodes", "0"],
            "--episodes 0: must be at least 1. See \"saferl agent --help\"."),
        rules(
            "a call that the desk lacks", "rules 1\ncall pay(order: text)\nrule a: each pay(): false\n",
            "a.rules: call pay: desk has find_user_id_by_email, get_order_details, cancel_pending_order, modify_pending_order_items, return_delivered_order_items, send_receipt, transfer_to_human_agents, finish. Name one of them."
        ),
        rules(
            "a state function that the desk lacks",
            "rules 1\ncall finish()\nstate age_of(u: text): text\nrule a: each finish(): true\n",
            "a.rules: state age_of: desk answers order_owner, order_status, order_payment, payment_kind. Name one of them."
        ),
        rules(
            "signals at the desk", "rules 1\nsignal x = action[0]\nrule a: x < 1\n",
            "a.rules: signal x: desk has no signals. Leave it out."),
        configuration(
            "heads that do not divide the desk's decoder",
            #"{"algorithm": "desk-cloning", "desk-cloning": {"model": {"hidden": 10, "heads": 4}}}"#,
            "my.json:1:81: desk-cloning.model.heads = 4: 10 units are not an even number for each of 4 heads."
        ),
        BadInput(
            name: "an environment for the desk", arguments: ["train", "my.json", "--quiet"],
            files: ["my.json": Array(#"{"algorithm": "desk-cloning", "environment": "point-robot"}"#.utf8)],
            message:
                #"my.json:1:46: environment = "point-robot": the desk is no environment of numbers. Write ""."#,
            status: CommandStatus.configuration.rawValue),
    ]
}
