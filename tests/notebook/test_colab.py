import sys
from types import ModuleType, SimpleNamespace

from tf_cyclegan.notebook import colab


def test_elsewhere_it_is_a_folder_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(colab.open_drive("mine/art")) == "mine/art"
    assert (tmp_path / "mine" / "art").is_dir()
    colab.open_drive("mine/art")


def test_within_colab_the_drive_is_mounted_first(tmp_path, monkeypatch):
    mounted = []

    def mount(place):
        mounted.append(place)
        (tmp_path / "drive" / "MyDrive").mkdir(parents=True, exist_ok=True)

    module = ModuleType("google.colab")
    module.drive = SimpleNamespace(mount=mount)
    monkeypatch.setitem(sys.modules, "google", ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", module)
    monkeypatch.setattr(colab, "_MOUNT", tmp_path / "drive")
    assert colab.open_drive("art") == tmp_path / "drive" / "MyDrive" / "art"
    assert mounted == [str(tmp_path / "drive")]
    assert (tmp_path / "drive" / "MyDrive" / "art").is_dir()
