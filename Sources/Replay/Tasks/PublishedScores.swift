/// What a paper reports for one method on one task.
public struct PublishedScore: Codable, Sendable, Equatable {
    /// The method, as the paper calls it.
    public let method: String
    /// Return, 0 and 1 at the ends of the official data.
    public let normalizedReturn: Double
    /// Cost over the limit that the table is for; at most 1 counts as safe.
    public let normalizedCost: Double

    /// States a score.
    public init(method: String, normalizedReturn: Double, normalizedCost: Double) {
        (self.method, self.normalizedReturn, self.normalizedCost) = (method, normalizedReturn, normalizedCost)
    }

    private enum CodingKeys: String, CodingKey {
        case method
        case normalizedReturn = "normalized_return"
        case normalizedCost = "normalized_cost"
    }
}

extension DSRLTask {
    /// Where `publishedScores` are from, in one line.
    public static let publishedSource =
        "published by FISOR's authors: official data, their own training; 20 episodes, 3 seeds"

    /// Published scores on this task, FISOR's last; empty for the tasks that the table leaves out.
    ///
    /// Return and cost are means over 20 episodes and 3 seeds. The table does not print its cost limits; those of the
    /// paper are `strictCostLimit`.
    ///
    /// - SeeAlso: Zheng et al. 2024, arXiv:2401.10700, table of results in the authors' repository.
    public var publishedScores: [PublishedScore] { Self.published[shortName] ?? [] }

    private static let published = scores(of: table)

    /// Scores by short name, from a head of methods and a line for each task.
    static func scores(of table: String) -> [String: [PublishedScore]] {
        let lines = table.split(separator: "\n").map { $0.split(separator: " ") }
        let methods = lines[0].dropFirst()
        return lines.dropFirst().reduce(into: [:]) { scores, words in
            scores[String(words[0])] = zip(methods, words.dropFirst()).compactMap { method, pair in
                let values = pair.split(separator: "/").compactMap { Double($0) }
                guard values.count == 2 else { return nil }
                return PublishedScore(
                    method: String(method), normalizedReturn: values[0], normalizedCost: values[1])
            }
        }
    }

    /// Normalised return / normalised cost.
    private static let table = """
        task                 BC           CDT          BCQ-Lag      CPQ          COptiDICE    TREBI        FISOR
        CarButton1           0.01/6.19    0.17/7.05    0.13/6.68    0.22/40.06   -0.16/4.63   0.07/3.75    -0.02/0.26
        CarButton2           -0.10/4.47   0.23/12.87   -0.04/4.43   0.08/19.03   -0.17/3.40   -0.03/0.97   0.01/0.58
        CarPush1             0.21/1.97    0.27/2.12    0.23/1.33    0.08/0.77    0.21/1.28    0.26/1.03    0.28/0.28
        CarPush2             0.11/3.89    0.16/4.60    0.10/2.78    -0.03/10.00  0.10/4.55    0.12/2.65    0.14/0.89
        CarGoal1             0.35/1.54    0.60/3.15    0.44/2.76    0.33/4.93    0.43/2.81    0.41/1.16    0.49/0.83
        CarGoal2             0.22/3.30    0.45/6.05    0.34/4.72    0.10/6.31    0.19/2.83    0.13/1.16    0.06/0.33
        AntVelocity          0.99/12.19   0.98/0.91    0.85/18.54   -1.01/0.00   1.00/10.29   0.31/0.00    0.89/0.00
        HalfCheetahVelocity  0.97/17.93   0.97/0.55    1.04/57.06   0.08/2.56    0.43/0.00    0.87/0.23    0.89/0.00
        SwimmerVelocity      0.38/2.98    0.67/1.47    0.29/4.10    0.31/11.58   0.58/23.64   0.42/1.31    -0.04/0.00
        AntRun               0.73/11.73   0.70/1.88    0.65/3.30    0.00/0.00    0.62/3.64    0.63/5.43    0.45/0.03
        BallRun              0.67/11.38   0.32/0.45    0.43/6.25    0.85/13.67   0.55/11.32   0.29/4.24    0.18/0.00
        CarRun               0.96/1.88    0.99/1.10    0.84/2.51    1.06/10.49   0.92/0.00    0.97/1.01    0.73/0.14
        DroneRun             0.55/5.21    0.58/0.30    0.80/17.98   0.02/7.95    0.72/13.77   0.59/1.41    0.30/0.55
        AntCircle            0.65/19.45   0.48/7.44    0.67/19.13   0.00/0.00    0.18/13.41   0.37/2.50    0.20/0.00
        BallCircle           0.72/10.02   0.68/2.10    0.67/8.50    0.40/4.37    0.70/9.06    0.63/1.89    0.34/0.00
        CarCircle            0.65/11.16   0.71/2.19    0.68/8.84    0.49/4.48    0.44/7.73    0.49/0.73    0.40/0.11
        DroneCircle          0.82/13.78   0.55/1.29    0.95/18.56   -0.27/1.29   0.24/2.19    0.54/2.36    0.48/0.00
        easysparse           0.32/4.73    0.05/0.10    0.99/14.00   -0.06/0.24   0.94/18.21   0.26/6.22    0.38/0.53
        easymean             0.22/2.68    0.27/0.24    0.54/10.35   -0.06/0.24   0.74/14.81   0.19/4.85    0.38/0.25
        easydense            0.20/1.70    0.43/2.31    0.40/6.64    -0.06/0.29   0.60/11.27   0.26/5.81    0.36/0.25
        mediumsparse         0.53/1.74    0.26/2.20    0.93/7.48    -0.08/0.18   0.64/7.26    0.06/1.70    0.42/0.22
        mediummean           0.66/2.94    0.28/2.13    0.60/6.35    -0.08/0.28   0.73/8.35    0.20/1.90    0.39/0.08
        mediumdense          0.65/3.79    0.29/0.77    0.64/3.78    -0.08/0.20   0.91/9.52    0.03/1.18    0.49/0.44
        hardsparse           0.28/1.98    0.17/0.47    0.48/7.52    -0.04/0.28   0.34/7.34    0.00/0.82    0.30/0.01
        hardmean             0.34/3.76    0.28/3.32    0.31/6.06    -0.05/0.24   0.36/7.51    0.16/4.91    0.26/0.09
        harddense            0.40/5.57    0.24/1.49    0.39/5.11    -0.04/0.24   0.42/8.11    0.02/1.21    0.30/0.34
        """
}
