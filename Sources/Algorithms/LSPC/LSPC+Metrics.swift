import SafeRL

extension LSPC {
    /// What one update reports.
    public struct Metrics: TrainingMetrics {
        /// Loss of V_r and of V_c.
        package var rewardVLoss: Float = 0, costVLoss: Float = 0
        /// Loss of Q_r and of Q_c, mean over the members.
        package var rewardQLoss: Float = 0, costQLoss: Float = 0
        /// Weighted losses of autoencoder and encoder.
        package var autoencoderLoss: Float = 0, encoderLoss: Float = 0
        /// Mean squared distance of the restored actions, and mean weighted divergence of the codes, without row weights.
        package var reconstruction: Float = 0, divergence: Float = 0
        /// Mean weights of the autoencoder's rows, before the threshold, and of the encoder's.
        package var costWeight: Float = 0, rewardWeight: Float = 0
        /// Share of the rows whose costs are below the threshold.
        package var safeShare: Float = 0
        /// Mean and largest V_c and averaged Q_c, at least 0, before their update.
        package var costVMean: Float = 0, costVMax: Float = 0, costQMean: Float = 0, costQMax: Float = 0

        /// Symbols are the usual ones.
        public static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("encoder_loss", "Encoder loss", .nonNegative),
                MetricDeclaration("autoencoder_loss", "Autoencoder loss", .nonNegative),
                MetricDeclaration("vr_loss", "V_{r} loss", .nonNegative),
                MetricDeclaration("qr_loss", "Q_{r} loss", .nonNegative),
                MetricDeclaration("vc_loss", "V_{c} loss", .nonNegative),
                MetricDeclaration("qc_loss", "Q_{c} loss", .nonNegative),
                MetricDeclaration("reconstruction", "Error of restored actions", .nonNegative),
                MetricDeclaration("divergence", "Weighted divergence of codes"),
                MetricDeclaration("safe_share", "Share below the threshold", .share),
                MetricDeclaration("cost_ahead", "Mean discounted cost ahead", .nonNegative),
                MetricDeclaration("cost_ahead_max", "Largest discounted cost ahead", .nonNegative),
                MetricDeclaration("cost_weight", "Mean weight of the autoencoder", .nonNegative),
                MetricDeclaration("reward_weight", "Mean weight of the encoder", .nonNegative),
            ]
        }

        /// All but what only a comparison needs.
        public func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            metric("encoder_loss", encoderLoss)
            metric("autoencoder_loss", autoencoderLoss)
            metric("vr_loss", rewardVLoss)
            metric("qr_loss", rewardQLoss)
            metric("vc_loss", costVLoss)
            metric("qc_loss", costQLoss)
            metric("reconstruction", reconstruction)
            metric("divergence", divergence)
            metric("safe_share", safeShare)
            metric("cost_ahead", costVMean)
            metric("cost_ahead_max", costVMax)
            metric("cost_weight", costWeight)
            metric("reward_weight", rewardWeight)
        }
    }
}
