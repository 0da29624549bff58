import Foundation
import SafeRL
import SaferlCommand

// Networks, properties and certificates that `saferl verify` cannot use.
extension BadInput {
    /// y = relu(x) over −1 … 1, a property that holds, its certificate, and one of a longer list of leaves.
    private enum Proved {
        static let network =
            "// one unit\n2,1,1,1,\n1,1,1,\n0,\n-1.0,\n1.0,\n0.0,0.0,\n1.0,1.0,\n1.0,\n0.0,\n1.0,\n0.0,\n"
        static let property = """
            {"network": "n.nnet", "input": {"low": [-1], "high": [1]},
             "property": {"kind": "range", "objective": [1], "atMost": 1.5}, "semantics": "real"}
            """
        static let invariant = """
            {"property": {"kind": "invariant", "environment": "point-robot", "value": "clearance", "margin": 1e-4,
              "slack": 1e-7, "steps": 900}, "input": {"low": [-3, -3, 1, 0], "high": [3, 3, 2, 1]}}
            """

        /// The files, with `c.json` of the property and `i.json` of the invariant; empty where there is no binary.
        static let files = (try? make()) ?? [:]

        private static func make() throws -> [String: [UInt8]] {
            let folder = try CommandFolder([
                "n.nnet": Array(network.utf8), "p.json": Array(property.utf8),
                "v.json": Array(invariant.utf8),
            ])
            _ = try folder.run(["verify", "--property", "p.json", "--out", "c.json"])
            _ = try folder.run(["verify", "--property", "v.json", "--out", "i.json"])
            return try folder.contents()
        }

        /// The files with one replaced, added or, by nothing, removed.
        static func with(_ path: String, _ bytes: [UInt8]?) -> [String: [UInt8]] {
            var changed = files
            changed[path] = bytes
            return changed
        }

        static func replacing(_ old: String, _ new: String, in path: String) -> [String: [UInt8]] {
            with(
                path, Array(String(decoding: files[path] ?? [], as: UTF8.self).replacing(old, with: new).utf8)
            )
        }

        /// The first digits of a hash that a certificate names.
        static func digest(_ key: String, of path: String) -> String {
            let value = try? JSONValue(parsing: files[path] ?? [])
            return String((value?[key]?.string ?? "").dropFirst(7).prefix(12))
        }
    }

    static let repairs: [BadInput] = [
        usage(
            "updates of no repair",
            ["verify", "run", "--network", "vh", "--property", "p.json", "--repair-updates", "5"],
            "--repair-updates has no effect without --repair N. See \"saferl verify --help\"."),
        usage(
            "a folder of no repair",
            ["verify", "run", "--network", "vh", "--property", "p.json", "--repaired", "d"],
            "--repaired has no effect without --repair N. See \"saferl verify --help\"."),
        usage(
            "a repair of a file", ["verify", "--nnet", "n.nnet", "--property", "p.json", "--repair", "1"],
            "--repair is of a network of a run and a property file; give RUN and --property. See \"saferl verify --help\"."
        ),
        usage(
            "a repair without a round",
            ["verify", "run", "--network", "vh", "--property", "p.json", "--repair", "0"],
            "--repair 0: must be at least 1. See \"saferl verify --help\"."),
    ]

    private static func verify(
        _ name: String, _ arguments: [String], _ files: [String: [UInt8]], _ message: String,
        _ status: CommandStatus = .badData
    ) -> BadInput {
        BadInput(
            name: name, arguments: ["verify"] + arguments, files: files, message: message,
            status: status.rawValue)
    }

    private static func invariant(_ name: String, _ old: String, _ new: String, _ message: String) -> BadInput
    {
        verify(name, ["--property", "v.json"], Proved.replacing(old, new, in: "v.json"), message)
    }

    private static let check = ["--check", "c.json", "--property", "p.json"]
    private static let checkInvariant = ["--check", "i.json", "--property", "v.json"]
    private static let range = Array(
        #"{"network": "run#vq", "input": {"low": [0, 0, 0], "high": [1, 1, 1]}, "property": {"kind": "range", "objective": [1]}}"#
            .utf8)

    static let verifying: [BadInput] = [
        verify(
            "a network that a run lacks", ["run", "--network", "vq", "--property", "p.json"],
            TinyRun.files(["p.json": range]),
            #"run/checkpoints/step-000000020: no network "vq". It has vh, vr, qh, qr."#, .usage),
        verify(
            "a network that a run lacks, in a property file", ["--property", "p.json"],
            TinyRun.files(["p.json": range]),
            #"./run/checkpoints/step-000000020: no network "vq". It has vh, vr, qh, qr."#, .usage),
        verify(
            "a network of no run", ["nowhere", "--network", "vh", "--property", "p.json"], Proved.files,
            #"nowhere: holds no run. Check the path, or start one with "saferl train"."#, .missingInput),
        verify(
            "a certificate of another network", check,
            Proved.replacing("1.0,\n0.0,\n1.0,\n0.0,", "1.0,\n0.0,\n1.25,\n0.0,", in: "n.nnet"),
            "c.json: it is about another network (SHA-256 \(Proved.digest("network", of: "c.json"))). Verify this one anew."
        ),
        verify(
            "a certificate of another property", check, Proved.replacing("1.5", "1.75", in: "p.json"),
            "c.json: it is about another property (SHA-256 \(Proved.digest("property_hash", of: "c.json"))). Verify this one anew."
        ),
        verify(
            "a certificate whose leaves were changed", check,
            Proved.with("c.json.leaves", [1] + (Proved.files["c.json.leaves"] ?? []).dropFirst()),
            "c.json.leaves: not the leaves that the certificate names: they were changed. Verify anew."),
        verify(
            "a certificate without its leaves", check, Proved.with("c.json.leaves", nil),
            "c.json.leaves: cannot open: No such file or directory. Check the path, or restore the file from a copy.",
            .missingInput),
        verify(
            "a certificate of a later format", check,
            Proved.replacing("\"certificate\": 1", "\"certificate\": 2", in: "c.json"),
            "c.json: a certificate of another format than 1. Check it with the saferl that made it."),
        verify(
            "an invariant's certificate of another margin", checkInvariant,
            Proved.replacing("1e-4", "2e-4", in: "v.json"),
            "i.json: it is about another property (SHA-256 \(Proved.digest("property_hash", of: "i.json"))). Verify this one anew."
        ),
        verify(
            "an invariant's certificate whose leaves were cut", checkInvariant,
            Proved.with("i.json.leaves", Array((Proved.files["i.json.leaves"] ?? []).dropLast(65))),
            "i.json.leaves: not the leaves that the certificate names: they were changed. Verify anew."),
        invariant(
            "an invariant of a value that nobody knows", "clearance", "clearence",
            #"v.json: point-robot has no value "clearence". It has clearance."#),
        invariant(
            "an invariant of too small a state", "[-3, -3, 1, 0], \"high\": [3, 3, 2, 1]",
            "[-3, -3, 1], \"high\": [3, 3, 2]",
            "v.json: input has 3 numbers, and a state of point-robot 4: x, y, speed, heading."),
        invariant(
            "an invariant of an action of another size", "\"slack\"", "\"actions\": [[1]], \"slack\"",
            "v.json: an action has 1 numbers, and one of point-robot 2."),
        verify(
            "an invariant where nothing is bounded", ["--property", "v.json"],
            Proved.replacing("point-robot", "gumbel-sepsis", in: "v.json"),
            #"v.json: gumbel-sepsis gives no bounds of its steps. "point-robot" does."#, .usage),
    ]
}
