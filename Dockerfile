# syntax=docker/dockerfile:1
# Airflow with this project's package, for every service of docker-compose.yaml.

ARG AIRFLOW_IMAGE=apache/airflow:slim-3.3.2-python3.12
FROM ${AIRFLOW_IMAGE}

# What is needed changes seldom, so it is a layer of its own.
COPY requirements-deploy.lock /tmp/requirements-deploy.lock
RUN pip install --no-cache-dir --no-deps --require-hashes --requirement /tmp/requirements-deploy.lock

COPY --chown=airflow:0 pyproject.toml /tmp/nuorder-pos/pyproject.toml
COPY --chown=airflow:0 plugins /tmp/nuorder-pos/plugins
COPY --chown=airflow:0 include /tmp/nuorder-pos/include
RUN pip install --no-cache-dir --no-deps --no-build-isolation /tmp/nuorder-pos && rm -rf /tmp/nuorder-pos

# The package brings its plugin by entry point: the plugins folder of the image stays empty.
COPY --chown=airflow:0 dags /opt/airflow/dags
COPY --chown=airflow:0 include/brands.yaml /opt/airflow/include/brands.yaml
COPY --chown=airflow:0 sandbox /opt/airflow/sandbox

ENV NUORDER_POS_BRANDS=/opt/airflow/include/brands.yaml
WORKDIR /opt/airflow
USER airflow
