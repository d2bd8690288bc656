# The Streamlit page for any host of containers: docs/deployment.md. It writes nothing outside /tmp.
FROM python:3.12-slim-bookworm

# Hugging Face runs containers as user 1000.
RUN useradd --create-home --uid 1000 painter
WORKDIR /app
COPY streamlit_app/requirements.txt streamlit_app/requirements.txt
# PyAV has 106 MB for one button: without it the film of the wipe is a GIF and no MP4. The tests of other packages are a
# tenth of the image.
RUN grep -v "^av" streamlit_app/requirements.txt > wanted.txt && pip install --no-cache-dir --requirement wanted.txt \
    && find /usr/local/lib/python3.12/site-packages -type d -name tests -prune -exec rm -r {} +
COPY .streamlit .streamlit
COPY tf_cyclegan tf_cyclegan
COPY streamlit_app streamlit_app
COPY pyproject.toml LICENSE ./

USER 1000
# Hugging Face looks at port 7860; Cloud Run sets PORT itself.
ENV PORT=7860 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/_stcore/health')"]
CMD ["sh", "-c", "exec streamlit run streamlit_app/streamlit_app.py --server.headless true --server.address 0.0.0.0 --server.port \"$PORT\""]
