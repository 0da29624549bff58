import sys

import numpy as np
import pytest
import saferl


def write(path, **changes):
    import h5py

    columns = {
        "observations": np.zeros((4, 3), np.float32), "actions": np.zeros((4, 2), np.float32),
        "rewards": np.arange(4.0), "costs": np.array([[0], [1], [0], [0]]), "terminals": np.array([0, 1, 0, 0]),
        "timeouts": np.array([False, False, True, False]),
    } | changes
    with h5py.File(path, "w") as file:
        for name, values in columns.items():
            if values is not None:
                file[name] = values
    return path


def test_a_file_is_read_by_its_columns(tmp_path):
    data = saferl.load_dataset(write(tmp_path / "d.hdf5", cost_speed=np.ones(4), cost_area=np.zeros(4)))
    assert len(data) == 4 and repr(data) == "Dataset(4 transitions, 2 episodes)"
    assert data.observations.shape == (4, 3) and data.costs.shape == (4,) and data.next_observations is None
    assert list(data.channels) == ["area", "speed"] and data.channels["speed"].sum() == 4
    assert data.terminals.dtype == bool and data.choices is None and data.constraint_values is None
    # The last row belongs to no episode.
    assert data.episodes() == [slice(0, 2), slice(2, 3)]


def test_what_may_be_missing_may_be_missing(tmp_path):
    import h5py

    path = write(tmp_path / "d.hdf5", timeouts=None, actions=np.zeros(4), next_observations=np.ones((4, 3)))
    with h5py.File(path, "a") as file:
        file["actions"].attrs["choices"] = 5
    data = saferl.load_dataset(path)
    assert not data.timeouts.any() and data.actions.shape == (4, 1) and data.choices == 5
    assert data.next_observations is not None


def test_what_is_no_data_set_is_refused(tmp_path):
    for path, reason in (
        (tmp_path / "none.hdf5", "no such file"), (write(tmp_path / "a.hdf5", costs=None), "no dataset costs"),
        (write(tmp_path / "b.hdf5", costs=np.zeros(3)), r"costs has the shape \(3,\), not \(4,\)"),
        (write(tmp_path / "c.hdf5", actions=np.zeros((3, 2))), r"actions has the shape \(3, 2\), not \(4, …\)"),
    ):
        with pytest.raises(saferl.RunError, match=reason):
            saferl.load_dataset(path)
    (tmp_path / "text.hdf5").write_text("no HDF5")
    with pytest.raises(saferl.RunError, match="cannot be read as HDF5"):
        saferl.load_dataset(tmp_path / "text.hdf5")


def test_without_h5py_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match="load_dataset needs h5py: pip install"):
        saferl.load_dataset(tmp_path / "d.hdf5")
