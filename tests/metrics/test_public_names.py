import inspect

from tf_cyclegan import metrics


def test_the_public_names_are_there_and_documented():
    assert set(metrics.__all__) == {
        *("bootstrap_interval", "extrapolated_distance", "frechet_distance", "frechet_distance_of"),
        *("inception_score", "kernel_distance"),
    }
    for name in metrics.__all__:
        assert inspect.getdoc(getattr(metrics, name))
