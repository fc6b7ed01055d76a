"""For torch.utils.data.DataLoader. A ``Dataset`` is a map-style dataset as it is; this is the iterable one, its shards dealt out to the workers."""
from torch.utils.data import IterableDataset, get_worker_info


class Shards(IterableDataset):
    """Streams a dataset. Each worker of each rank reads its own shards; ``set_epoch`` changes the order of a shuffled one."""

    def __init__(self, dataset, shuffle=None, rank=0, ranks=1):
        self.dataset, self.shuffle, self.rank, self.ranks, self.epoch = dataset, shuffle, rank, ranks, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        worker = get_worker_info()
        number, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        seed = None if self.shuffle is None else self.shuffle + self.epoch
        return self.dataset.iterate(self.rank * workers + number, self.ranks * workers, seed)
