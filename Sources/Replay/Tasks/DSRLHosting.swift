extension DSRLTask {
    /// The folder that holds all official files: the one place that says where they are fetched from.
    ///
    /// It is the address that the benchmark's own repository names; its first host is no longer there.
    public static let officialFolder = "https://huggingface.co/datasets/YYY-45/DSRL/resolve/main"

    /// Where the official file of this task is fetched from.
    public var officialAddress: String { Self.officialFolder + "/" + fileName }

    /// What the simulator calls the task, such as `SafetyBallRun-v0` or `SafetyHopperVelocity-v1`.
    public var simulatorName: String {
        fileName.split(separator: "-").dropLast(2).joined(separator: "-").replacing("Gymnasium", with: "")
    }
}
