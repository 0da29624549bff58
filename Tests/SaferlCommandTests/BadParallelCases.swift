import SaferlCommand

// Parts of updates that cannot be.
extension BadInput {
    private static let shards = "must be a whole number from 0 to 64. The default is 0."
    private static let timeout = "must be a whole number from 1 to 86400. The default is 300."

    private static func parts(_ name: String, _ members: String, _ message: String) -> BadInput {
        member(name, "\"parallel\": \(members)", "my.json:2:" + message)
    }

    static let sharing: [BadInput] = [
        parts(
            "parts under another name", #"{"shrads": 8}"#,
            #"14: parallel.shrads: unknown key. Did you mean "shards"?"#),
        parts(
            "a switch of MPI, which mpirun is", #"{"mpi": "off"}"#,
            "14: parallel.mpi: unknown key. Known keys: shards, timeout."),
        parts(
            "three parts", #"{"shards": 3}"#,
            "24: parallel.shards = 3: no power of two. Write 1, 2, 4, 8, 16, 32 or 64, or 0."),
        parts("too many parts", #"{"shards": 128}"#, "24: parallel.shards = 128: \(shards)"),
        parts("fewer than no parts", #"{"shards": -1}"#, "24: parallel.shards = -1: \(shards)"),
        parts("half a part", #"{"shards": 4.5}"#, "24: parallel.shards = 4.5: \(shards)"),
        parts("parts in words", #"{"shards": "many"}"#, "24: parallel.shards = \"many\": \(shards)"),
        parts("parts that are true", #"{"shards": true}"#, "24: parallel.shards = true: \(shards)"),
        parts("parts that are null", #"{"shards": null}"#, "24: parallel.shards = null: \(shards)"),
        parts("a number for a group of parts", "8", "13: parallel = 8: must be an object in braces."),
        parts("no patience", #"{"timeout": 0}"#, "25: parallel.timeout = 0: \(timeout)"),
        parts("less than no patience", #"{"timeout": -1}"#, "25: parallel.timeout = -1: \(timeout)"),
        parts(
            "patience of more than a day", #"{"timeout": 86401}"#, "25: parallel.timeout = 86401: \(timeout)"),
        parts(
            "patience with a unit", #"{"timeout": "300 s"}"#, "25: parallel.timeout = \"300 s\": \(timeout)"),
        override(
            "an override of parts that is no power of two", "parallel.shards=6",
            "--set parallel.shards=6: no power of two. Write 1, 2, 4, 8, 16, 32 or 64, or 0."),
    ]
}
