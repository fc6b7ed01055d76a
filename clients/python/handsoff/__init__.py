"""Reads datasets made by HandsOff: from a folder, from Azure Blob storage or over HTTP. Standard library and numpy only.

    import handsoff
    data = handsoff.open("data/first")
    sample = data[42]
    sample.image, sample.mask, sample.depth, sample.keypoints
"""
from .dataset import Dataset, DatasetError, Sample, open_dataset as open
from .stores import AzureStore, FolderStore, HttpStore

__all__ = ["open", "Dataset", "Sample", "DatasetError", "FolderStore", "HttpStore", "AzureStore"]
