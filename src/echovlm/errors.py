"""The root of every error that a user of echovlm can cause, so that a caller can catch them as one.

::

    EchoVLMError
    ├── clinical.units.UnitError                  a unit that does not fit its quantity
    ├── clinical.measurement.ImplausibleValueError  a value that no living adult has
    ├── workers.WorkerDiedError                   workers that ended abruptly, again and again
    ├── engines.EngineError                       a cluster that is not there
    ├── stores.StoreError                         an address of a bucket that cannot be used
    ├── clinical.guidelines.RuleError             a rule that does not exist, or cannot answer
    ├── clinical.value_file.ValueFileError        a list of values that cannot be read
    ├── reports.EndpointError                     a language model that cannot be reached, or answers otherwise
    ├── imaging.ImagingError                      a file that cannot be read
    ├── imaging.dicomweb.DicomWebError            a DICOMweb address that cannot be read
    ├── imaging.deidentify.run.DeidentifyError, options.RetainError, pseudonyms.KeyFileError   places,
    │       options or a key that cannot be used
    ├── imaging.overlay.reader.OcrMissingError   burned-in text is to be read without the ocr extra
    ├── simulation.SimulationError                an output folder that holds something else
    ├── simulation.clip.ClipSizeError             a clip too small, too short or too slow
    ├── simulation.bmode.style.StyleError         a grey map that makes no picture
    ├── simulation.views.acquisition.AcquisitionError  a share of acquisitions outside 0 to 1
    ├── simulation.patient.PrevalenceError        a share of patients outside 0 to 1
    ├── simulation.doppler.spectral.SpectrumSizeError  a spectrum too small to be read
    ├── simulation.doppler.colour.NoValveError    colour on a plane that misses the valve
    ├── simulation.console.calipers.CaliperError  a caliper off the picture that it measures
    ├── simulation.archive.options.OptionError    a word of the command line that names nothing
    ├── dataset.DatasetError                      a dataset that is missing, broken or of another version
    ├── curation.CurationError                    a source that is missing or lacks a table
    ├── models.CheckpointError                    a file that is no checkpoint of ours
    ├── training.TrainingError                    a recipe or a run that cannot go on
    ├── measure.MeasureError                      a mask or a calibration that does not allow the measurement
    ├── evaluation.EvaluationError
    └── interpretation.InterpretationError

Each message has three parts: what was wrong with its value, what is allowed, what to do.
"""


class EchoVLMError(Exception):
    """Something that the user can mend; its message is one clear sentence."""
