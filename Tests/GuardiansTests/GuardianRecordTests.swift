import Foundation
import Guardians
import Tensors
import Testing

@Suite struct GuardianRecordTests {
    private static func data() throws -> GuardianData {
        let points = SampledPoints.cloud(600, 3, seed: 1)
        let episodes = stride(from: 0, to: 600, by: 6).map { $0..<$0 + 6 }
        return try GuardianData(
            points: points, episodes: episodes, holdingOut: 0.3, seed: 5,
            features: GuardianFeatures(named: ["pressure", "dose", "fluid"]))
    }

    /// One of each kind that a record alone can build.
    private static func all() throws -> [any SupportGuardian] {
        let data = try data()
        var psos = PSoSGuardian.Configuration()
        psos.polynomial.degree = 3
        var christoffel = ChristoffelGuardian.Configuration()
        christoffel.threshold = .conformal(alpha: 0.1)
        var density = DensityGuardian.Configuration()
        density.threshold = .bisection(alpha: 0.05, halvings: 60)
        return [
            try PSoSGuardian(psos, fittedTo: data), try ChristoffelGuardian(christoffel, fittedTo: data),
            try DensityGuardian(density, fittedTo: data),
            try NeighbourGuardian(NeighbourGuardian.Configuration(), fittedTo: data),
            try CountGuardian(CountGuardian.Configuration(), fittedTo: data),
        ]
    }

    @Test func aGuardianThatWasReadJudgesBitForBitAlike() throws {
        let points = SampledPoints.cloud(200, 3, seed: 2)
        for guardian in try Self.all() {
            let record = try guardian.encoded()
            let text = try JSONEncoder().encode(record)
            let again = try JSONDecoder().decode(GuardianRecord.self, from: text)
            #expect(again == record)
            let read = try again.guardian()
            let (scores, others) = (try guardian.score(points), try read.score(points))
            #expect(zip(scores, others).allSatisfy { $0.bitPattern == $1.bitPattern }, "\(record.kind)")
            #expect(read.threshold == guardian.threshold && read.features == guardian.features)
            #expect(read.calibration == guardian.calibration && read.report == guardian.report)
            #expect(try read.isOutside(points) == guardian.isOutside(points))
            #expect(try read.encoded() == record)
            #expect(read.certificate(confidence: 0.95)?.calibration.points == 30)
        }
    }

    @Test func scoresDependOnTheirPointAlone() throws {
        let points = SampledPoints.cloud(40, 3, seed: 3)
        for guardian in try Self.all() {
            let together = try guardian.score(points)
            for row in 0..<40 { #expect(try guardian.score(points.rows(at: [row])) == [together[row]]) }
            #expect(try guardian.score(Matrix(0, 3)).isEmpty)
            #expect(try guardian.isOutside(Matrix(0, 3)).isEmpty)
        }
    }

    @Test func pointsOfOtherFeaturesAreRefused() throws {
        for guardian in try Self.all() {
            let kind = type(of: guardian).kind
            let size = GuardianError.otherSize(kind: kind, fitted: 3, asked: 2)
            #expect(throws: size) { try guardian.score(Matrix(1, 2)) }
            #expect(throws: size) { try guardian.isOutside(Matrix(1, 2)) }
            #expect(throws: GuardianError.notFinite(row: 1, column: 2)) {
                try guardian.isOutside(Matrix(2, 3, [0, 0, 0, 0, 0, .nan]))
            }
            let swapped = GuardianFeatures(named: ["pressure", "fluid", "dose"])
            #expect(
                throws: GuardianError.otherFeature(kind: kind, column: 1, fitted: "dose", asked: "fluid")
            ) { try guardian.features.check(swapped, of: kind) }
            try guardian.features.check(GuardianFeatures(3), of: kind)
        }
    }

    @Test func damagedRecordsAreRefused() throws {
        for guardian in try Self.all() {
            let record = try guardian.encoded()
            var damaged = [
                GuardianRecord(kind: "other", arrays: record.arrays, metadata: record.metadata),
                GuardianRecord(kind: record.kind, arrays: record.arrays, metadata: "{}"),
                GuardianRecord(kind: record.kind, arrays: [], metadata: record.metadata),
            ]
            for (place, array) in record.arrays.enumerated() {
                var arrays = record.arrays
                arrays.remove(at: place)
                damaged.append(GuardianRecord(kind: record.kind, arrays: arrays, metadata: record.metadata))
                var values = array.values
                values[values.count / 2] = .nan
                arrays.insert(GuardianRecord.NumberArray(array.name, shape: array.shape, values), at: place)
                damaged.append(GuardianRecord(kind: record.kind, arrays: arrays, metadata: record.metadata))
                arrays[place] = GuardianRecord.NumberArray(array.name, shape: [1, 1], [0])
                damaged.append(GuardianRecord(kind: record.kind, arrays: arrays, metadata: record.metadata))
            }
            for record in damaged { #expect(throws: GuardianError.self) { try record.guardian() } }
        }
    }

    @Test func textThatDoesNotFillItsShapeIsRefused() throws {
        let text =
            #"{"kind":"kde","arrays":[{"name":"a","shape":[2],"bits":"AAAAAAAA8D8="}],"metadata":"{}"}"#
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(GuardianRecord.self, from: Data(text.utf8))
        }
        let good = text.replacing("[2]", with: "[1]")
        let record = try JSONDecoder().decode(GuardianRecord.self, from: Data(good.utf8))
        #expect(record.arrays[0].values == [1])
    }
}
