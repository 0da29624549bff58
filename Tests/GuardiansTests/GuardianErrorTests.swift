import Guardians
import Tensors
import Testing

/// What is refused, and in which words.
@Suite struct GuardianErrorTests {
    private static func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "accepted"
        } catch { return "\(error)" }
    }

    @Test func dataThatNothingCanBeFittedOnIsRefused() throws {
        let points = SampledPoints.cloud(20, 2, seed: 1)
        #expect(
            Self.message { _ = try GuardianData(points: Matrix(0, 2)) }
                == "guardian: there are no points to fit on. Give at least one training episode.")
        #expect(
            Self.message { _ = try GuardianData(points: Matrix(2, 2, [1, 2, 3, .infinity])) }
                == "guardian: row 1, column 1 is not a finite number. Clean the data, or look for a model that diverges."
        )
        #expect(
            Self.message { _ = try GuardianData(points: points, heldOut: Matrix(1, 3)) }
                == "guardian to be calibrated: fitted on 2 features, asked about 3. Give the features it was fitted on."
        )
        #expect(
            Self.message { _ = try GuardianData(points: points, heldOut: Matrix(0, 2)) }
                == "guardian: the held-out points are empty. Hold out at least one episode, or give none.")
        #expect(
            Self.message {
                _ = try GuardianData(points: points, episodes: [0..<20, 20..<20], holdingOut: 0.2, seed: 1)
            } == "guardian: one episode cannot be both fitted on and held out. Give at least two episodes.")
        #expect(
            Self.message {
                _ = try GuardianData(points: points, episodes: [0..<10, 10..<20], holdingOut: 1, seed: 1)
            } == "guardian: the held-out share 1.0 is outside (0, 1). Choose a value inside.")
    }

    @Test func aConformalThresholdThatRejectsEverythingIsLoweredByAlpha() throws {
        let held = try GuardianData(points: Matrix(2, 1, [-1, 1]), heldOut: Matrix(19, 1))
        var options = DensityGuardian.Configuration()
        (options.bandwidth, options.threshold) = (1, .conformal(alpha: 0.05))
        // The points held out lie between the two that were fitted on, where the density is higher.
        let calibrated = Self.message { _ = try DensityGuardian(options, fittedTo: held) }
        #expect(calibrated.hasPrefix("guardian: the threshold "))
        #expect(calibrated.hasSuffix(" calls every training point outside. Lower alpha."))
    }

    @Test func optionsOutOfRangeAreRefused() throws {
        let data = try GuardianData(points: SampledPoints.cloud(20, 2, seed: 2))
        func psos(_ change: (inout PSoSGuardian.Configuration) -> Void) -> String {
            var options = PSoSGuardian.Configuration()
            change(&options)
            return Self.message { _ = try PSoSGuardian(options, fittedTo: data) }
        }
        #expect(
            psos { $0.trimming = 1 } == "guardian: trimming 1.0 is outside [0, 1). Choose a value inside.")
        #expect(
            psos { $0.tolerance = 0 } == "guardian: tolerance 0.0 is outside (0, inf). Choose a value inside."
        )
        #expect(
            psos { $0.polynomial.ridge = -1 }
                == "guardian: ridge -1.0 is outside [0, inf). Choose a value inside.")
        #expect(
            psos { $0.polynomial.degree = 0 }
                == "guardian: degree 0.0 is outside 1 … what makes 20000 monomials of 2 features. Choose a value inside."
        )
        #expect(psos { $0.polynomial.degree = 1_000_000_000 }.contains("is outside 1 …"))
        #expect(
            psos { $0.polynomial.degree = 6 }
                == "guardian: degree 6 makes 28 monomials, 20 points kept. Lower the degree or give more points."
        )
        var density = DensityGuardian.Configuration()
        density.threshold = .quantile(alpha: 1)
        #expect(
            Self.message { _ = try DensityGuardian(density, fittedTo: data) }
                == "guardian: alpha 1.0 is outside [0, 1). Choose a value inside.")
        for bandwidth in [0, -1, .nan, .infinity, 1e-200] {
            density = DensityGuardian.Configuration()
            density.bandwidth = bandwidth
            #expect(
                Self.message { _ = try DensityGuardian(density, fittedTo: data) }
                    == "guardian: bandwidth \(bandwidth) is outside (0, inf). Choose a value inside.")
        }
        var neighbours = NeighbourGuardian.Configuration()
        neighbours.neighbours = 20
        #expect(
            Self.message { _ = try NeighbourGuardian(neighbours, fittedTo: data) }
                == "guardian: neighbours 20.0 is outside 1 …, fewer than the 20 points. Choose a value inside."
        )
    }

    @Test func whatCannotBeCalibratedIsRefused() throws {
        let points = SampledPoints.cloud(40, 2, seed: 3)
        var options = ChristoffelGuardian.Configuration()
        options.threshold = .conformal(alpha: 0.05)
        #expect(
            Self.message {
                _ = try ChristoffelGuardian(options, fittedTo: GuardianData(points: points))
            }
                == "guardian christoffel: a conformal threshold needs held-out episodes. Hold some out or choose a quantile."
        )
        let few = try GuardianData(points: points, heldOut: points.rows(at: Array(0..<18)))
        #expect(
            Self.message { _ = try ChristoffelGuardian(options, fittedTo: few) }
                == "guardian: 18 held-out episodes cannot calibrate a false-alarm rate of 0.05. Hold out at least 19."
        )
        let enough = try GuardianData(points: points, heldOut: points.rows(at: Array(0..<19)))
        #expect(try ChristoffelGuardian(options, fittedTo: enough).calibration?.rejections == 0)
    }

    @Test func guardiansThatRejectEverythingAreRefused() throws {
        let data = try GuardianData(points: SampledPoints.cloud(40, 2, seed: 4))
        var options = DensityGuardian.Configuration()
        options.threshold = .fixed(-100)
        #expect(
            Self.message { _ = try DensityGuardian(options, fittedTo: data) }
                == "guardian: the threshold -100.0 calls every training point outside. Raise the threshold."
        )
    }

    @Test func pointsWithoutVariationAreRefused() throws {
        let data = try GuardianData(points: Matrix(30, 2, repeating: 4))
        #expect(
            Self.message { _ = try PSoSGuardian(PSoSGuardian.Configuration(), fittedTo: data) }
                == "guardian: every feature is constant on the training points. Give features that vary.")
        let wide = try GuardianData(points: Matrix(2, 1, [-1.7e308, 1.7e308]))
        #expect(
            Self.message { _ = try DensityGuardian(DensityGuardian.Configuration(), fittedTo: wide) }
                == "guardian: the range of feature 0 inf is outside what can be scaled. Choose a value inside."
        )
    }

    @Test func episodesAreSplitOnceAndReproducibly() throws {
        let rows = (0..<100).map(Double.init)
        let episodes = stride(from: 0, to: 100, by: 5).map { $0..<$0 + 5 }
        func split(_ seed: UInt64) throws -> GuardianData {
            try GuardianData(points: Matrix(100, 1, rows), episodes: episodes, holdingOut: 0.25, seed: seed)
        }
        let data = try split(1)
        let heldOut = try #require(data.heldOut)
        #expect(heldOut.rows == 5 && data.points.rows == 75)
        let held = Set(heldOut.elements.map { Int($0) / 5 })
        #expect(held.count == 5 && data.points.elements == data.points.elements.sorted())
        #expect(data.points.elements.allSatisfy { !held.contains(Int($0) / 5) })
        #expect(try split(1).heldOut == heldOut)
        #expect(try split(2).heldOut != heldOut)
    }
}
